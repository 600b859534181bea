#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "site.h"

json_t *rows_parse(const char *text, size_t n) {
  json_t *rows = json_array();
  for (const char *end = text + n; text < end;) {
    const char *line_end = memchr(text, '\n', (size_t)(end - text));
    json_error_t error;
    if (!line_end)
      fail_msg("the last line has no end: %.200s", text);
    json_t *row = json_loadb(text, (size_t)(line_end - text), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json_is_object(row))
      fail_msg("not a JSON object (%s): %.*s", error.text, (int)(line_end - text < 300 ? line_end - text : 300), text);
    json_array_append_new(rows, row);
    text = line_end + 1;
  }
  return rows;
}

json_t *rows_read(const char *path) {
  size_t n = 0;
  char *text = site_read(path, &n);
  if (!text)
    fail_msg("%s cannot be read", path);
  json_t *rows = rows_parse(text, n);
  free(text);
  return rows;
}

const json_t *rows_one(const json_t *rows, const char *url_end) {
  const json_t *found = NULL, *row;
  size_t i, want = strlen(url_end);
  json_array_foreach(rows, i, row) {
    const json_t *value = json_object_get(row, "url");
    const char *url = json_is_string(value) ? json_string_value(value) : "";
    size_t n = strlen(url);
    if (n < want || strcmp(url + n - want, url_end) != 0)
      continue;
    if (found)
      fail_msg("two rows end in %s", url_end);
    found = row;
  }
  if (!found)
    fail_msg("no row of %zu ends in %s", json_array_size(rows), url_end);
  return found;
}

static int digit(char c) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c ? strchr(letters, c) : NULL;
  return at ? (int)(at - letters) : -1;
}

static char *from_base64(const json_t *value, size_t *n) {
  const char *s = json_string_value(value);
  size_t size = json_string_length(value), made = 0;
  char *bytes = malloc(size / 4 * 3 + 4);
  if (!s || size % 4)
    fail_msg("not base64");
  for (size_t i = 0; s && i < size; i += 4) {
    uint32_t bits = 0;
    int there = s[i + 2] == '=' ? 1 : s[i + 3] == '=' ? 2 : 3;
    for (int k = 0; k < 4; k++) {
      int d = k <= there ? digit(s[i + (size_t)k]) : 0;
      if (d < 0)
        fail_msg("not base64: %.4s", s + i);
      bits = bits << 6 | (uint32_t)(d & 63);
    }
    for (int k = 0; k < there; k++)
      bytes[made++] = (char)(bits >> (16 - 8 * k));
  }
  *n = made;
  return bytes;
}

static char *from_string(const json_t *value, size_t *n) {
  *n = json_string_length(value);
  char *bytes = malloc(*n + 1);
  memcpy(bytes, json_string_value(value), *n);
  bytes[*n] = '\0';
  return bytes;
}

char *rows_bytes(const json_t *object, const char *name, size_t *n) {
  char twin[80];
  snprintf(twin, sizeof twin, "%s_base64", name);
  const json_t *plain = json_object_get(object, name), *coded = json_object_get(object, twin);
  if (plain && coded)
    fail_msg("%s stands there twice", name);
  *n = 0;
  if (json_is_string(coded))
    return from_base64(coded, n);
  return json_is_string(plain) ? from_string(plain, n) : NULL;
}

char *rows_element(const json_t *value, size_t *n) {
  *n = 0;
  if (json_is_object(value))
    return from_base64(json_object_get(value, "base64"), n);
  return json_is_string(value) ? from_string(value, n) : NULL;
}
