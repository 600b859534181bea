/*
 * A value in a JSON document, named by its place: ".user.name", ".items[0].id", ".items[].id" (any of them),
 * ".*.id" (any member), ["a.key"]; with nothing behind it, or a comparison: "=ann", "!=ann", ">10". The document
 * comes in pieces and is never kept: a walk holds a few bytes for each level. Several documents one after the other
 * (NDJSON) are all looked at. What is no JSON ends the walk.
 */
#ifndef WEIR_FILTER_JSON_PATH_H
#define WEIR_FILTER_JSON_PATH_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

struct json_path;
struct json_walk;

/* `place` is the path, `value` what it is compared with; compare: 0 (is there at all), '?' (any
 * text, number, true, false or null), '=', '!', '<', '>', 'l' (<=),
 * 'g' (>=). Strings compare without ASCII case and * stands for anything; < and > compare numbers. */
struct json_path *json_path_new(struct slice place, char compare, struct slice value, struct err *err);
void json_path_free(struct json_path *path);

enum json_found { JSON_MORE, JSON_FOUND, JSON_OVER /* it will not be found: no JSON, or too deep */ };

struct json_walk *json_walk_new(const struct json_path *path); /* borrows the path */
void json_walk_free(struct json_walk *walk);
enum json_found json_walk_feed(struct json_walk *walk, struct slice bytes);
bool json_walk_end(struct json_walk *walk);                 /* no more comes: a number that stood last counts */
struct slice json_walk_value(const struct json_walk *walk); /* the text or number that was found; not for compare 0 */

#endif
