/* The lists of a YAML file whose root is a mapping, such as mitmproxy's config.yaml; read with libyaml. Private to src/rule. */
#ifndef WEIR_SRC_RULE_IMPORT_YAML_H
#define WEIR_SRC_RULE_IMPORT_YAML_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

/* For each key (value.p NULL), then for each text of its list, or its only text; `line` is from 1. False ends the reading. */
typedef bool (*import_yaml_fn)(void *arg, struct slice key, struct slice value, size_t line, struct err *err);
/* Texts deeper than that are passed over. False: it is no such file, or `found` gave up; *err has the line. */
bool import_yaml_read(struct slice text, import_yaml_fn found, void *arg, struct err *err);

#endif
