/* Servers with TLS behind weir: who is believed, what is said of the others, and how they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"
#include "tls_dial.h"

/* One GET inside an intercepted connection to HOST:PORT. */
static struct net_response ask(const char *host, int port) {
  struct dial d;
  if (!dial_open(&d, fixture.lab.weir.port, host, port,
                 &(struct dial_wish){
                     .ca = fixture.lab.weir_ca, .sni = strcmp(host, "localhost") == 0 ? host : NULL, .verify = host}))
    fail_msg("%s: %s", host, d.problem);
  struct net_response r = dial_get(&d, host, "/file");
  dial_close(&d);
  return r;
}

static int status_of(const char *host, int port) {
  struct net_response r = ask(host, port);
  int status = r.complete ? r.status : 0;
  net_response_free(&r);
  return status;
}

/* A 5xx that says so, soon. */
static void assert_told(const char *host, int port, const char *words, double within) {
  double began = net_now();
  struct net_response r = ask(host, port);
  assert_in_range(r.status, 500, 599);
  assert_true(r.complete);
  if (!strstr(r.body, words))
    fail_msg("not in it: %s\n%s", words, r.body);
  net_response_free(&r);
  assert_true(net_now() - began < within);
}

static void assert_row(const json_t *rows, const char *words) {
  const json_t *row = lab_failed(rows, words);
  if (!row)
    fail_msg("no row says: %s", words);
  const json_t *error = json_object_get(row, "error");
  assert_string_equal(json_string_value(json_object_get(error, "stage")), "tls");
  assert_int_equal(strncmp(json_string_value(json_object_get(row, "url")), "https://", 8), 0);
}

/* ---- certificates ---- */

static const struct {
  enum lab_kind kind;
  const char *host, *words, *word;
} bad[] = {
    {LAB_EXPIRED, "localhost", "localhost: certificate expired on ", "expired"},
    {LAB_EARLY, "localhost", "localhost: certificate is not valid before ", "expired"},
    {LAB_WRONG_HOST, "localhost", "localhost: certificate is for elsewhere.test", "wrong_host"},
    {LAB_SELF_SIGNED, "localhost", "localhost: certificate is self-signed", "self_signed"},
    {LAB_UNKNOWN_CA, "localhost", "certificate issuer is not trusted here, or the server left out", "unknown_issuer"},
    {LAB_CLIENTS_ONLY, "localhost", "not meant for servers", "bad_certificate"},
    {LAB_NO_MIDDLE, "localhost", "Test intermediate", "unknown_issuer"},
    {LAB_CN_ONLY, "localhost", "in CN only", "bad_certificate"},
    {LAB_NAMES_ONLY, "127.0.0.1", "127.0.0.1: certificate is for localhost", "wrong_host"},
};
enum { BAD = sizeof bad / sizeof bad[0] };

static void bad_certificates_are_refused_in_words(void **state) {
  (void)state;
  lab_weir(&fixture.lab, NULL);
  int requests = 0;
  for (size_t i = 0; i < BAD; i++) {
    struct origin_tls wish = {.pem = lab_pem(&fixture.lab, bad[i].kind)};
    struct origin o = origin_start(origin_tls, &wish);
    assert_told(bad[i].host, o.port, bad[i].words, 6);
    requests += o.count->requests;
    origin_stop(&o);
  }
  assert_int_equal(requests, 0);
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), BAD);
  for (size_t i = 0; i < BAD; i++) {
    assert_row(rows, bad[i].words);
    const json_t *error = json_object_get(lab_failed(rows, bad[i].words), "error");
    assert_string_equal(json_string_value(json_object_get(error, "kind")), bad[i].word);
  }
  json_decref(rows);
}

static void an_exception_is_for_its_host_alone(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_EXPIRED)};
  struct origin o = origin_start(origin_tls, &wish);
  lab_weir(&fixture.lab, (const char *[]){"--insecure", "localhost", NULL});
  assert_int_equal(status_of("localhost", o.port), 200);
  assert_told("127.0.0.1", o.port, "expired", 6);
  net_stop(&fixture.lab.weir);
  origin_stop(&o);
  lab_weir(&fixture.lab, (const char *[]){"--insecure", "*", NULL});
  for (size_t i = 0; i < BAD; i++) {
    wish.pem = lab_pem(&fixture.lab, bad[i].kind);
    o = origin_start(origin_tls, &wish);
    assert_int_equal(status_of(bad[i].host, o.port), 200);
    origin_stop(&o);
  }
}

static void assert_word(const json_t *object, const char *name, const char *word) {
  const char *is = json_string_value(json_object_get(object, name));
  if (!is || strcmp(is, word) != 0)
    fail_msg("%s is %s, not %s", name, is ? is : "nothing", word);
}

/* SHA-256 of the first certificate in a PEM file, as rows have it. */
static const char *fingerprint_of(const char *pem) {
  static char text[96];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  FILE *file = fopen(pem, "r");
  assert_non_null(file);
  X509 *x = PEM_read_X509(file, NULL, NULL, NULL);
  fclose(file);
  assert_non_null(x);
  X509_digest(x, EVP_sha256(), digest, &n);
  X509_free(x);
  for (unsigned i = 0; i < n; i++)
    snprintf(text + 3 * i, 4, i + 1 < n ? "%02X:" : "%02X", digest[i]);
  return text;
}

static void rows_tell_of_both_sides(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD), .most = TLS1_2_VERSION};
  struct origin o = origin_start(origin_tls, &wish);
  struct origin_tls late = {.pem = lab_pem(&fixture.lab, LAB_EXPIRED)};
  struct origin expired = origin_start(origin_tls, &late);
  lab_weir(&fixture.lab, (const char *[]){"--insecure", "*", NULL});
  assert_int_equal(status_of("localhost", o.port), 200);
  assert_int_equal(status_of("localhost", expired.port), 200);
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 2);
  const json_t *tls = json_object_get(json_array_get(rows, 0), "tls");
  const json_t *client = json_object_get(tls, "client"), *server = json_object_get(tls, "server");
  assert_word(client, "version", "TLSv1.3");
  assert_word(client, "sni", "localhost");
  const json_t *shown = json_array_get(json_object_get(client, "certificates"), 0);
  assert_string_equal(json_string_value(json_array_get(json_object_get(shown, "names"), 0)), "localhost");
  assert_int_equal(strlen(json_string_value(json_object_get(shown, "sha256"))), 95);
  assert_word(server, "version", "TLSv1.2");
  assert_word(server, "sni", "localhost");
  assert_non_null(json_string_value(json_object_get(server, "cipher")));
  assert_true(json_is_true(json_object_get(server, "verified"))); /* good, so the exception was not needed */
  assert_word(json_array_get(json_object_get(server, "certificates"), 0), "sha256", fingerprint_of(wish.pem));
  server = json_object_get(json_object_get(json_array_get(rows, 1), "tls"), "server");
  assert_true(json_is_false(json_object_get(server, "verified")));
  assert_true(json_is_true(json_object_get(server, "insecure")));
  assert_non_null(strstr(json_string_value(json_object_get(server, "problem")), "expired"));
  json_decref(rows);
  origin_stop(&o);
  origin_stop(&expired);
}

static void good_servers_of_every_kind(void **state) {
  struct site site;
  (void)state;
  const struct site_tls tls[] = {
      {.pem = lab_pem(&fixture.lab, LAB_RSA)},
      {.pem = lab_pem(&fixture.lab, LAB_GOOD)},
      {.pem = lab_pem(&fixture.lab, LAB_WITH_MIDDLE)},
      {.pem = lab_pem(&fixture.lab, LAB_RSA), .protocols = "TLSv1.2"},
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .protocols = "TLSv1.2"},
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .protocols = "TLSv1.3"},
  };
  size_t n = sizeof tls / sizeof tls[0];
  site_need_tls(&site, tls, n);
  site_put(&site, "file", "0123456789", 10);
  lab_weir(&fixture.lab, NULL);
  for (size_t i = 0; i < n; i++) {
    struct net_response r = ask("localhost", site.tls_port[i]);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "0123456789");
    net_response_free(&r);
    assert_int_equal(status_of("127.0.0.1", site.tls_port[i]), 200);
  }
  site_close(&site);
}

static void old_servers_are_refused_unless_asked_for(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD), .least = TLS1_VERSION, .most = TLS1_VERSION};
  struct origin o = origin_start(origin_tls, &wish);
  lab_weir(&fixture.lab, NULL);
  assert_told("localhost", o.port, "What to do: --upstream-tls-min 1.0", 6);
  assert_int_equal(o.count->shaken, 0);
  net_stop(&fixture.lab.weir);
  lab_weir(&fixture.lab, (const char *[]){"--upstream-tls-min", "1.0", NULL});
  assert_int_equal(status_of("localhost", o.port), 200);
  origin_stop(&o);
}

static void client_certificates_are_shown_where_a_person_said_so(void **state) {
  struct site site;
  (void)state;
  const struct site_tls tls[] = {
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .client_ca = fixture.lab.ca},
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .client_ca = fixture.lab.ca, .protocols = "TLSv1.2"},
  };
  site_need_tls(&site, tls, 2);
  site_put(&site, "file", "0123456789", 10);
  struct origin_tls strict[] = {
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .client_ca = fixture.lab.ca},
      {.pem = lab_pem(&fixture.lab, LAB_GOOD), .client_ca = fixture.lab.ca, .most = TLS1_2_VERSION}};
  struct origin o[2] = {origin_start(origin_tls, &strict[0]), origin_start(origin_tls, &strict[1])};
  lab_weir(&fixture.lab, NULL);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(status_of("localhost", site.tls_port[i]), 400); /* nginx says it in HTTP */
    assert_told("localhost", o[i].port, "the server wants a client certificate", 8);
  }
  net_stop(&fixture.lab.weir);
  char option[400];
  snprintf(option, sizeof option, "localhost=%s", lab_pem(&fixture.lab, LAB_CLIENT));
  lab_weir(&fixture.lab, (const char *[]){"--client-cert", option, NULL});
  for (int i = 0; i < 2; i++) {
    assert_int_equal(status_of("localhost", site.tls_port[i]), 200);
    assert_int_equal(status_of("127.0.0.1", site.tls_port[i]), 400); /* another host */
    assert_int_equal(status_of("localhost", o[i].port), 200);
    origin_stop(&o[i]);
  }
  site_close(&site);
}

static void a_name_is_told_to_the_server_and_an_address_is_not(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin o = origin_start(origin_tls, &wish);
  static const struct {
    const char *host, *sni, *told;
  } asked[] = {
      {"localhost", "localhost", "localhost"},
      {"localhost", NULL, "localhost"},
      {"127.0.0.1", "www.example.test", "www.example.test"},
      {"127.0.0.1", NULL, "(none)"},
  };
  lab_weir(&fixture.lab, NULL);
  for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
    struct dial d;
    assert_true(dial_open(&d, fixture.lab.weir.port, asked[i].host, o.port, &(struct dial_wish){.sni = asked[i].sni}));
    struct net_response r = dial_get(&d, asked[i].host, "/");
    assert_string_equal(r.body, asked[i].told);
    net_response_free(&r);
    dial_close(&d);
  }
  origin_stop(&o);
}

/* ---- handshakes that fail ---- */

static void take_hello(int fd) {
  char piece[4096];
  if (recv(fd, piece, sizeof piece, 0) <= 0)
    _exit(0);
}

static void fails_by_close(int fd, void *arg, struct origin_count *count) {
  (void)arg;
  (void)count;
  take_hello(fd);
}

static void fails_by_reset(int fd, void *arg, struct origin_count *count) {
  (void)arg;
  (void)count;
  take_hello(fd);
  net_reset(fd);
}

/* Says these bytes in place of a ServerHello, and closes when the other side does. */
static void fails_by_saying(int fd, void *arg, struct origin_count *count) {
  char piece[4096];
  (void)count;
  take_hello(fd);
  net_send_n(fd, (const char *)arg + 1, ((const unsigned char *)arg)[0]);
  while (recv(fd, piece, sizeof piece, 0) > 0)
    ;
}

static void fails_by_cutting(int fd, void *arg, struct origin_count *count) {
  (void)arg;
  (void)count;
  take_hello(fd);
  net_send_n(fd, "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11); /* a ServerHello begins */
}

static void stalls(int fd, void *arg, struct origin_count *count) {
  char piece[4096];
  (void)arg;
  while (recv(fd, piece, sizeof piece, 0) > 0)
    ;
  __atomic_add_fetch(&count->closed, 1, __ATOMIC_SEQ_CST);
}

static void failing_handshakes_are_told_at_once(void **state) {
  (void)state;
  static char plain[] = "\x1eHTTP/1.1 400 Bad Request\r\n\r\n\r\n", alert[] = "\x07\x15\x03\x03\x00\x02\x02\x28",
              junk[] = "\x09\x00\x1b[2Jjunk\xff";
  static const struct {
    origin_fn *serve;
    char *arg;
    const char *words;
  } ways[] = {
      {fails_by_close, NULL, "localhost: the server closed the connection in the handshake"},
      {fails_by_reset, NULL, "localhost: the server reset the connection in the handshake"},
      {fails_by_saying, plain, "localhost: the server speaks plain HTTP on port"},
      {fails_by_saying, alert, "handshake_failure"},
      {fails_by_cutting, NULL, "localhost: the server closed the connection in the handshake"},
      {fails_by_saying, junk, "localhost: the server does not speak TLS on port"},
  };
  enum { WAYS = sizeof ways / sizeof ways[0] };
  lab_weir(&fixture.lab, NULL);
  for (size_t i = 0; i < WAYS; i++) {
    struct origin o = origin_start(ways[i].serve, ways[i].arg);
    assert_told("localhost", o.port, ways[i].words, 6);
    origin_stop(&o);
  }
  json_t *rows = lab_rows(&fixture.lab);
  for (size_t i = 0; i < WAYS; i++)
    assert_row(rows, ways[i].words);
  json_decref(rows);
}

static void a_stalled_handshake_ends_in_time(void **state) {
  (void)state;
  struct origin o = origin_start(stalls, NULL);
  lab_weir(&fixture.lab, (const char *[]){"--timeout-tls", "1", NULL});
  assert_told("localhost", o.port, "the server did not finish the handshake in time", 6);
  assert_true(origin_wait(&o.count->closed, 1));
  json_t *rows = lab_rows(&fixture.lab);
  assert_row(rows, "did not finish the handshake in time");
  json_decref(rows);
  origin_stop(&o);
}

static void a_stalled_handshake_holds_nobody_and_goes_with_its_client(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin slow = origin_start(stalls, NULL), good = origin_start(origin_tls, &wish);
  struct dial d;
  lab_weir(&fixture.lab, NULL);
  assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", slow.port, NULL));
  assert_true(dial_send(&d, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  double began = net_now();
  for (int i = 0; i < 5; i++)
    assert_int_equal(status_of("localhost", good.port), 200);
  assert_true(net_now() - began < 5);
  net_reset(d.fd);
  assert_true(origin_wait(&slow.count->closed, 1));
  SSL_free(d.ssl);
  origin_stop(&slow);
  origin_stop(&good);
}

/* ---- bodies ---- */

static void a_body_cut_inside_tls_looks_cut(void **state) {
  (void)state;
  static const char *const answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf",
  };
  lab_weir(&fixture.lab, NULL);
  for (size_t i = 0; i < 3; i++) {
    struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD), .answer = answers[i], .cut = true};
    struct origin o = origin_start(origin_tls, &wish);
    struct net_response r = ask("localhost", o.port);
    assert_int_equal(r.status, 200);
    assert_false(r.complete);
    assert_true(r.cut);
    net_response_free(&r);
    origin_stop(&o);
  }
  json_t *rows = lab_rows(&fixture.lab), *row;
  size_t i;
  assert_int_equal(json_array_size(rows), 3);
  json_array_foreach(rows, i, row) assert_false(json_is_null(json_object_get(row, "error")));
  json_decref(rows);
}

/* ---- leading elsewhere ---- */

static void nothing_inside_leads_to_another_server(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin o = origin_start(origin_tls, &wish), other = origin_start(origin_tls, &wish);
  char host[100], absolute[3][200];
  lab_weir(&fixture.lab, NULL);
  snprintf(host, sizeof host, "www.example.test:%d", other.port);
  snprintf(absolute[0], sizeof absolute[0], "https://localhost:%d/x", other.port);
  snprintf(absolute[1], sizeof absolute[1], "http://127.0.0.1:%d/x", other.port);
  snprintf(absolute[2], sizeof absolute[2], "https://www.example.test:%d/x", other.port);
  for (int i = 0; i < 4; i++) {
    struct dial d;
    assert_true(dial_open(&d, fixture.lab.weir.port, "localhost", o.port, NULL));
    struct net_response r = dial_get(&d, host, i ? absolute[i - 1] : "/x");
    assert_true(r.status == 200 || (r.status >= 400 && r.status < 600));
    net_response_free(&r);
    dial_close(&d);
  }
  assert_int_equal(other.count->accepted, 0);
  origin_stop(&o);
  origin_stop(&other);
}

static void https_at_the_plain_port_is_verified(void **state) {
  (void)state;
  const enum lab_kind kinds[] = {LAB_GOOD, LAB_EXPIRED};
  lab_weir(&fixture.lab, NULL);
  for (int i = 0; i < 2; i++) {
    char text[200];
    struct origin_tls wish = {.pem = lab_pem(&fixture.lab, kinds[i])};
    struct origin o = origin_start(origin_tls, &wish);
    int fd = net_connect(fixture.lab.weir.port);
    snprintf(text, sizeof text, "GET https://localhost:%d/ HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", o.port, o.port);
    assert_true(net_send(fd, text));
    struct net_response r = net_response(fd, false);
    if (i == 0)
      assert_string_equal(r.body, "localhost");
    else
      assert_int_equal(r.status, 502);
    assert_int_equal(o.count->requests, i == 0);
    net_response_free(&r);
    close(fd);
    origin_stop(&o);
  }
}

int main(void) {
#define T(f) cmocka_unit_test_teardown(f, fixture_stop)
  const struct CMUnitTest tests[] = {
      T(bad_certificates_are_refused_in_words),
      T(an_exception_is_for_its_host_alone),
      T(rows_tell_of_both_sides),
      T(good_servers_of_every_kind),
      T(old_servers_are_refused_unless_asked_for),
      T(client_certificates_are_shown_where_a_person_said_so),
      T(a_name_is_told_to_the_server_and_an_address_is_not),
      T(failing_handshakes_are_told_at_once),
      T(a_stalled_handshake_ends_in_time),
      T(a_stalled_handshake_holds_nobody_and_goes_with_its_client),
      T(a_body_cut_inside_tls_looks_cut),
      T(nothing_inside_leads_to_another_server),
      T(https_at_the_plain_port_is_verified),
  };
  return cmocka_run_group_tests(tests, fixture_lab, fixture_close);
}
