#include "weir/file/curl_parse.h"

#include "cmd_words.h"
#include "curl_options.h"
#include "curl_request.h"
#include "shell_words.h"
#include "weir/http/url.h"

/* ---- what is piped in ---- */

static int letter_value(char c) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c != 0 ? strchr(letters, c) : NULL;
  return at != NULL ? (int)(at - letters) : -1;
}

static bool add_unbase64(struct slice s, struct buf *out) {
  uint32_t bits = 0;
  int have = 0;
  for (size_t i = 0; i < s.n; i++) {
    int v = letter_value(s.p[i]);
    if (v < 0 && s.p[i] != '=' && s.p[i] != '\n')
      return false;
    if (v < 0)
      continue;
    bits = bits << 6 | (uint32_t)v;
    have += 6;
    if (have >= 8) {
      have -= 8;
      buf_add_byte(out, (char)(bits >> have & 0xff));
    }
  }
  return true;
}

static struct slice word_at(const struct shell_command *c, size_t i) {
  return i < c->word.n ? buf_slice(&c->word.v[i]) : slice_make(NULL, 0);
}

/* What a command in front of curl writes, where that can be said without running it. */
static bool output_of(const struct shell_command *c, struct buf *bytes) {
  struct slice name = word_at(c, 0);
  if (slice_eq(name, SLICE("printf")) && c->word.n == 3 && slice_eq(word_at(c, 1), SLICE("%s"))) {
    buf_reset(bytes);
    buf_add_slice(bytes, word_at(c, 2));
    return true;
  }
  if (slice_eq(name, SLICE("echo"))) {
    size_t i = 1;
    bool line = !slice_eq(word_at(c, 1), SLICE("-n"));
    buf_reset(bytes);
    for (i += line ? 0 : 1; i < c->word.n; i++) {
      buf_add_slice(bytes, word_at(c, i));
      if (i + 1 < c->word.n)
        buf_add_byte(bytes, ' ');
    }
    if (line)
      buf_add_byte(bytes, '\n');
    return true;
  }
  if (slice_eq(name, SLICE("base64")) && c->word.n == 2 &&
      (slice_eq(word_at(c, 1), SLICE("-d")) || slice_eq(word_at(c, 1), SLICE("--decode")))) {
    struct buf decoded = BUF_INIT;
    bool ok = add_unbase64(buf_slice(bytes), &decoded);
    buf_clear(bytes);
    *bytes = decoded;
    return ok;
  }
  return false;
}

static bool is_curl(const struct shell_command *c) {
  struct slice name = word_at(c, 0);
  return slice_eq(name, SLICE("curl")) || slice_ends(name, SLICE("/curl")) || slice_eq(name, SLICE("curl.exe"));
}

/* A prompt that was copied with it. */
static struct slice without_prompt(struct slice text) {
  while (text.n > 0 && strchr(" \t\r\n", *text.p) != NULL)
    text = slice_from(text, 1);
  if (text.n > 2 && strchr("$%#>", *text.p) != NULL && text.p[1] == ' ')
    text = slice_from(text, 2);
  return text;
}

bool curl_is_command(struct slice text) {
  struct slice s = without_prompt(text);
  struct slice line = s.n > 0 && slice_find_byte(s, '\n') >= 0 ? slice_sub(s, 0, (size_t)slice_find_byte(s, '\n')) : s;
  if (slice_starts(s, SLICE("curl ")) || slice_starts(s, SLICE("curl\t")) || slice_starts(s, SLICE("curl.exe ")))
    return true;
  return (slice_starts(s, SLICE("printf ")) || slice_starts(s, SLICE("echo "))) &&
         (slice_find(line, SLICE("| curl ")) > 0 || slice_find(line, SLICE("|curl ")) > 0);
}

/* ---- data ---- */

static void add_percent(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c > 0 && strchr("-._~", c));
    if (plain)
      buf_add_byte(out, (char)c);
    else
      buf_printf(out, "%%%02X", c);
  }
}

static void join(struct buf *to, bool more, char between, struct slice s) {
  if (more)
    buf_add_byte(to, between);
  buf_add_slice(to, s);
}

/* "@-" is what is piped in; "@name" would be a file. */
static struct slice data_value(struct curl_request *r, struct slice value, const char *option) {
  if (value.n == 0 || *value.p != '@')
    return value;
  if (slice_eq(value, SLICE("@-")) && r->piped)
    return r->stdin_bytes;
  curl_tell_file(r, option, value);
  return slice_make(NULL, 0);
}

static void add_data(struct curl_request *r, struct slice value) {
  join(&r->data, r->has_data && !r->json, '&', value);
  r->has_data = true;
}

/* "text", "=text", "name=text"; "@file" and "name@file". */
static void add_urlencode(struct curl_request *r, struct slice value, struct buf *to, bool more) {
  struct buf out = BUF_INIT;
  ptrdiff_t equals = slice_find_byte(value, '='), at = slice_find_byte(value, '@');
  if (equals >= 0) {
    if (equals > 0)
      buf_add(&out, value.p, (size_t)equals + 1);
    add_percent(&out, slice_from(value, (size_t)equals + 1));
  } else if (at >= 0) {
    if (at > 0)
      buf_add(&out, value.p, (size_t)at), buf_add_byte(&out, '=');
    add_percent(&out, data_value(r, slice_from(value, (size_t)at), "--data-urlencode "));
  } else {
    add_percent(&out, value);
  }
  join(to, more, '&', buf_slice(&out));
  buf_clear(&out);
}

/* ---- a form with parts ---- */

static void add_form(struct curl_request *r, struct slice value, bool literal) {
  ptrdiff_t equals = slice_find_byte(value, '=');
  if (equals < 0) {
    curl_tell(r, "-F %.*s: it has no name=value", curl_shown(value), value.p);
    return;
  }
  struct slice name = slice_sub(value, 0, (size_t)equals), text = slice_from(value, (size_t)equals + 1);
  struct slice type = {NULL, 0}, file = {NULL, 0};
  if (!literal && text.n > 0 && (*text.p == '@' || *text.p == '<')) {
    file = slice_from(text, 1);
    curl_tell_file(r, "-F ", value);
  }
  ptrdiff_t typed = literal ? -1 : slice_find(text, SLICE(";type="));
  if (typed >= 0) {
    type = slice_from(text, (size_t)typed + 6);
    text = slice_sub(text, 0, (size_t)typed);
    ptrdiff_t end = slice_find_byte(type, ';');
    type = end >= 0 ? slice_sub(type, 0, (size_t)end) : type;
  }
  if (!literal && text.n > 1 && *text.p == '"' && text.p[text.n - 1] == '"')
    text = slice_sub(text, 1, text.n - 2);
  buf_printf(&r->form, "--weir-form-part\r\nContent-Disposition: form-data; name=\"");
  buf_add_slice(&r->form, name);
  buf_add_byte(&r->form, '"');
  if (file.p != NULL && *slice_from(value, (size_t)equals + 1).p == '@') {
    ptrdiff_t end = slice_find_byte(file, ';');
    file = end >= 0 ? slice_sub(file, 0, (size_t)end) : file;
    for (ptrdiff_t slash; (slash = slice_find_byte(file, '/')) >= 0;)
      file = slice_from(file, (size_t)slash + 1);
    buf_add_text(&r->form, "; filename=\"");
    buf_add_slice(&r->form, file);
    buf_add_byte(&r->form, '"');
  }
  if (type.n > 0) {
    buf_add_text(&r->form, "\r\nContent-Type: ");
    buf_add_slice(&r->form, type);
  }
  buf_add_text(&r->form, "\r\n\r\n");
  if (file.p == NULL)
    buf_add_slice(&r->form, text);
  buf_add_text(&r->form, "\r\n");
}

/* ---- options ---- */

static void add_cookie(struct curl_request *r, struct slice value) {
  if (slice_find_byte(value, '=') < 0)
    curl_tell_file(r, "-b ", value);
  else
    join(&r->cookie, r->cookie.n > 0, ';', value);
}

static void take_url(struct curl_request *r, struct slice url) {
  if (r->url.p == NULL)
    r->url = url;
  else
    curl_tell(r, "%.*s: only the first URL is taken", curl_shown(url), url.p);
}

static void take_upload(struct curl_request *r, struct slice file) {
  r->upload = true;
  if ((slice_eq(file, SLICE("-")) || slice_eq(file, SLICE("."))) && r->piped) {
    add_data(r, r->stdin_bytes);
    return;
  }
  r->upload_name = file;
  for (ptrdiff_t slash; (slash = slice_find_byte(r->upload_name, '/')) >= 0;)
    r->upload_name = slice_from(r->upload_name, (size_t)slash + 1);
  curl_tell_file(r, "-T ", file);
}

static void take_header(struct curl_request *r, struct slice value) {
  if (value.n > 0 && *value.p == '@')
    curl_tell_file(r, "-H ", value);
  else
    VEC_PUSH(&r->header, value);
}

static void apply(struct curl_request *r, const struct curl_option *o, struct slice value) {
  switch ((enum curl_act)o->act) {
  case CURL_QUIET:
    break;
  case CURL_TOLD:
    curl_tell(r, "--%s: %s", o->name, o->why);
    break;
  case CURL_METHOD:
    r->method = value;
    break;
  case CURL_HEADER:
    take_header(r, value);
    break;
  case CURL_DATA:
    add_data(r, data_value(r, value, "-d "));
    break;
  case CURL_DATA_RAW:
    add_data(r, value);
    break;
  case CURL_DATA_URLENCODE:
    add_urlencode(r, value, &r->data, r->has_data);
    r->has_data = true;
    break;
  case CURL_JSON:
    r->json = true;
    add_data(r, data_value(r, value, "--json "));
    break;
  case CURL_USER:
    r->user = value;
    break;
  case CURL_COOKIE:
    add_cookie(r, value);
    break;
  case CURL_AGENT:
    r->agent = value;
    r->has_agent = true;
    break;
  case CURL_REFERER:
    r->referer = value;
    break;
  case CURL_URL:
    take_url(r, value);
    break;
  case CURL_URL_QUERY:
    if (value.n > 0 && *value.p == '+')
      join(&r->query, r->query.n > 0, '&', slice_from(value, 1));
    else
      add_urlencode(r, value, &r->query, r->query.n > 0);
    break;
  case CURL_FORM:
    add_form(r, value, false);
    break;
  case CURL_FORM_STRING:
    add_form(r, value, true);
    break;
  case CURL_GET:
    r->get = true;
    break;
  case CURL_HEAD:
    r->head = true;
    break;
  case CURL_COMPRESSED:
    r->compressed = true;
    break;
  case CURL_TARGET:
    r->target = value;
    break;
  case CURL_BEARER:
    r->bearer = value;
    break;
  case CURL_RANGE:
    r->range = value;
    break;
  case CURL_HTTP10:
    r->http10 = true;
    break;
  case CURL_UPLOAD:
    take_upload(r, value);
    break;
  case CURL_NEXT:
    curl_tell(r, "--next: only the first request is taken");
    r->done = true;
    break;
  }
}

static bool take_value(struct curl_request *r, const struct shell_command *c, size_t *at, const struct curl_option *o) {
  if (*at >= c->word.n)
    return err_set(r->err, "--%s wants a value behind it", o->name);
  apply(r, o, word_at(c, (*at)++));
  return true;
}

static bool take_long(struct curl_request *r, const struct shell_command *c, size_t *at, struct slice name) {
  const struct curl_option *o = curl_option_long(name);
  if (o == NULL && slice_starts(name, SLICE("no-")) && (o = curl_option_long(slice_from(name, 3))) != NULL)
    return true; /* switched off: what does not hold anyway */
  if (o == NULL) {
    curl_tell(r, "--%.*s is not known here and was left out", curl_shown(name), name.p);
    return true;
  }
  if (o->value)
    return take_value(r, c, at, o);
  apply(r, o, slice_make(NULL, 0));
  return true;
}

/* "-sXPOST": letters without a value, then one with the rest as its value. */
static bool take_letters(struct curl_request *r, const struct shell_command *c, size_t *at, struct slice letters) {
  for (size_t i = 0; i < letters.n; i++) {
    const struct curl_option *o = curl_option_letter(letters.p[i]);
    if (o == NULL)
      curl_tell(r, "-%c is not known here and was left out", letters.p[i]);
    else if (!o->value)
      apply(r, o, slice_make(NULL, 0));
    else if (i + 1 < letters.n)
      return apply(r, o, slice_from(letters, i + 1)), true;
    else
      return take_value(r, c, at, o);
  }
  return true;
}

static bool take_words(struct curl_request *r, const struct shell_command *c) {
  bool only_urls = false;
  for (size_t at = 1; at < c->word.n && !r->done;) {
    struct slice word = word_at(c, at++);
    bool ok = true;
    if (only_urls || word.n < 2 || *word.p != '-')
      take_url(r, word);
    else if (slice_eq(word, SLICE("--")))
      only_urls = true;
    else if (word.p[1] == '-')
      ok = take_long(r, c, &at, slice_from(word, 2));
    else
      ok = take_letters(r, c, &at, slice_from(word, 1));
    if (!ok)
      return false;
  }
  return true;
}

static void request_clear(struct curl_request *r) {
  VEC_CLEAR(&r->header);
  buf_clear(&r->cookie);
  buf_clear(&r->data);
  buf_clear(&r->query);
  buf_clear(&r->form);
}

static const struct shell_command *find_curl(struct curl_request *r, const struct shell_line *line, struct buf *piped) {
  bool known = false;
  for (size_t i = 0; i < line->command.n; i++) {
    const struct shell_command *c = &line->command.v[i];
    if (is_curl(c)) {
      r->piped = known;
      r->stdin_bytes = buf_slice(piped);
      if (i > 0 && !known)
        curl_tell(r, "what is piped into curl is not known: nothing is run here");
      return c;
    }
    known = (i == 0 || known) && output_of(c, piped);
  }
  return NULL;
}

static bool says_more(struct slice rest) {
  while (rest.n > 0 && *rest.p != 0 && strchr(" \t\r\n;&", *rest.p) != NULL)
    rest = slice_from(rest, 1);
  return rest.n > 0;
}

bool curl_parse(struct slice text, struct buf *message, struct buf *told, struct err *err) {
  struct curl_request r = {.told = told, .err = err};
  struct shell_line line;
  struct buf piped = BUF_INIT;
  struct slice rest = without_prompt(text);
  if (text.n > CURL_PARSE_MAX)
    return err_set(err, "a command of more than %d MB is not read", (int)(CURL_PARSE_MAX >> 20));
  size_t skipped = text.n - rest.n;
  bool read = cmd_line_is(rest) ? cmd_line_parse(rest, &line, err) : shell_line_parse(rest, &line, err);
  if (!read) {
    if (err != NULL && err->span > 0)
      err->at += skipped;
    return false;
  }
  const struct shell_command *c = find_curl(&r, &line, &piped);
  bool ok = c != NULL ? take_words(&r, c) : err_set(err, "this is no curl command");
  ok = ok && curl_request_write(&r, message);
  if (ok && line.variable)
    curl_tell(&r, "$NAME and `..` stand as typed: no shell has read this");
  if (ok && says_more(slice_from(rest, line.n)))
    curl_tell(&r, "only the first command was taken");
  request_clear(&r);
  buf_clear(&piped);
  shell_line_clear(&line);
  return ok;
}
