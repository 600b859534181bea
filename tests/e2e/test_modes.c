/* Listeners of each mode, the real weir between real clients and real servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"

/* weir with one more listener, on 127.0.0.1; its port. */
static int start(const char *mode, const char *const *more) {
  const char *argv[20] = {"--mode", mode};
  char line[400], *at;
  for (int i = 0; more && more[i]; i++)
    argv[2 + i] = more[i];
  lab_weir(&fixture.lab, argv);
  /* Byte by byte: what follows the line belongs to the next reader. */
  size_t n = 0;
  while (n + 1 < sizeof line && read(fixture.lab.weir.err, line + n, 1) == 1)
    if (line[n++] == '\n') {
      line[n] = '\0';
      at = strstr(line, "listening on 127.0.0.1:");
      if (at && strchr(at, '('))
        return (int)strtol(at + 23, NULL, 10);
      n = 0;
    }
  fail_msg("%s: no listener", mode);
  return 0;
}

static int curl(char **out, const char *const *arguments) {
  const char *argv[40] = {"curl", "-q", "-sS", "--max-time", "30", "--noproxy", ""};
  int n = 7;
  for (int i = 0; arguments[i]; i++)
    argv[n++] = arguments[i];
  return net_run(argv, out);
}

static void url_of(char *url, size_t size, const char *scheme, const char *host, int port, const char *path) {
  snprintf(url, size, "%s://%s:%d%s", scheme, host, port, path);
}

static char *refused(const char *const *more) {
  const char *argv[20] = {getenv("WEIR") ? getenv("WEIR") : "build/weir", "--headless", "--confdir",
                          fixture.lab.confdir};
  char line[4096];
  for (int i = 0; more[i]; i++)
    argv[4 + i] = more[i];
  struct net_program w = net_start(argv);
  assert_true(net_until(w.err, " in the place of ", line, sizeof line));
  net_stop(&w);
  return strdup(line);
}

/* It says whose the port is, changes that option alone, and shows no password. */
static void a_port_that_is_taken(void **state) {
  (void)state;
  char first[60], second[60], place[60], *said;
  int port, other = net_listen(&port);
  snprintf(first, sizeof first, "socks5:ann:secret@%d", port);
  said = refused((const char *[]){"--via", "x", "--mode", first, NULL});
  assert_non_null(strstr(said, "in use by another program; use --mode socks5:ann:***@"));
  assert_null(strstr(said, "secret"));
  free(said);
  close(other);
  snprintf(second, sizeof second, "regular@%d", port);
  said = refused((const char *[]){"--mode", first, "--mode", second, NULL});
  assert_non_null(strstr(said, "weir itself listens on port"));
  assert_non_null(strstr(said, "use --mode regular@"));
  assert_null(strstr(said, "secret"));
  free(said);
  snprintf(second, sizeof second, "auto@0.0.0.0:%d", port);
  snprintf(place, sizeof place, "127.0.0.1:%d", port);
  said = refused((const char *[]){"--listen", place, "--mode", second, NULL});
  assert_non_null(strstr(said, "weir itself listens on port"));
  free(said);
}

static void every_listen_is_opened(void **state) {
  (void)state;
  int ports[2];
  char place[2][40];
  for (int i = 0; i < 2; i++) {
    close(net_listen(&ports[i]));
    snprintf(place[i], sizeof place[i], "127.0.0.1:%d", ports[i]);
  }
  lab_weir(&fixture.lab, (const char *[]){"--listen", place[0], "--listen", place[1], NULL});
  for (int i = 0; i < 2; i++)
    assert_int_equal(net_status(ports[i], fixture.origin.port, "/ok"), 200);
}

static void socks_names_and_addresses(void **state) {
  (void)state;
  static const char *const ways[] = {"--socks5-hostname", "--socks5"};
  char proxy[40], url[80], *out;
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", start("socks5@127.0.0.1:0", NULL));
  url_of(url, sizeof url, "http", "localhost", fixture.origin.port, "/ok");
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(curl(&out, (const char *[]){ways[i], proxy, url, NULL}), 0);
    assert_string_equal(out, "ok");
    free(out);
  }
  json_t *all = lab_rows(&fixture.lab);
  char by[60];
  snprintf(by, sizeof by, "socks5:%s", strchr(proxy, ':') + 1);
  assert_int_equal(json_array_size(all), 2);
  for (size_t i = 0; i < 2; i++) {
    const json_t *row = json_array_get(all, i);
    assert_string_equal(json_string_value(json_object_get(row, "mode")), "socks5");
    assert_string_equal(json_string_value(json_object_get(row, "by")), by);
    assert_string_equal(json_string_value(json_object_get(row, "method")), "GET"); /* what flows inside is read */
  }
  json_decref(all);
}

/* TLS inside is intercepted as behind CONNECT. */
static void socks_with_tls_inside(void **state) {
  (void)state;
  char proxy[40], url[80], *out;
  fixture_need_site();
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", start("socks5@127.0.0.1:0", NULL));
  url_of(url, sizeof url, "https", "localhost", fixture.site.tls_port[0], "/file");
  assert_int_equal(curl(&out, (const char *[]){"--cacert", fixture.lab.weir_ca, "--socks5-hostname", proxy, url, NULL}),
                   0);
  assert_string_equal(out, "0123456789");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  const json_t *row = rows_one(all, "/file");
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "socks5");
  assert_memory_equal(json_string_value(json_object_get(row, "url")), "https://localhost:", 18);
  json_decref(all);
}

#define CURL_PROXY 97 /* CURLE_PROXY */

static void socks_passwords(void **state) {
  (void)state;
  char proxy[40], url[80], *out;
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", start("socks5:ann:s@cret@127.0.0.1:0", NULL));
  url_of(url, sizeof url, "http", "127.0.0.1", fixture.origin.port, "/ok");
  static const struct {
    const char *user;
    int status;
  } tries[] = {{"ann:s@cret", 0}, {"ann:secret", CURL_PROXY}, {"bob:s@cret", CURL_PROXY}};
  for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
    assert_int_equal(curl(&out, (const char *[]){"--proxy-user", tries[i].user, "--socks5", proxy, url, NULL}),
                     tries[i].status);
    free(out);
  }
  assert_int_equal(curl(&out, (const char *[]){"--socks5", proxy, url, NULL}), CURL_PROXY);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all),
                   4); /* one row for each reason and minute: its line comes again for the second */
  assert_non_null(lab_failed(all, "wrong user name or password (2 times within a minute)"));
  assert_non_null(lab_failed(all, "offers no user name and password"));
  json_decref(all);

  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", start("socks5:ann:s@cret@127.0.0.1:0", NULL));
  assert_int_equal(curl(&out, (const char *[]){"--socks5", proxy, url, NULL}), CURL_PROXY);
  free(out);
  all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "offers no user name and password"));
  json_decref(all);
}

static void socks_says_why(void **state) {
  (void)state;
  char proxy[40], url[80], *out;
  int port = start("socks5@127.0.0.1:0", NULL), closed;
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", port);
  close(net_listen(&closed)); /* a port that nobody has now */
  url_of(url, sizeof url, "http", "127.0.0.1", closed, "/");
  assert_int_equal(curl(&out, (const char *[]){"--socks5", proxy, url, NULL}), CURL_PROXY);
  free(out);
  assert_int_equal(curl(&out, (const char *[]){"--socks5-hostname", proxy, "http://nosuch.invalid/", NULL}),
                   CURL_PROXY);
  free(out);
  url_of(url, sizeof url, "http", "127.0.0.1", port, "/");
  assert_int_equal(curl(&out, (const char *[]){"--socks5", proxy, url, NULL}), CURL_PROXY);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "connection refused"));
  assert_non_null(lab_failed(all, "nosuch.invalid"));
  assert_non_null(lab_failed(all, "is weir itself: a tunnel to it would loop"));
  json_decref(all);
}

/* The usual port. */
static void one_port_takes_them_all(void **state) {
  (void)state;
  char proxy[40], http_proxy[60], url[80], *out;
  lab_weir(&fixture.lab, NULL);
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", fixture.lab.weir.port);
  snprintf(http_proxy, sizeof http_proxy, "http://%s", proxy);
  url_of(url, sizeof url, "http", "localhost", fixture.origin.port, "/ok");
  assert_int_equal(curl(&out, (const char *[]){"--socks5-hostname", proxy, url, NULL}), 0);
  assert_string_equal(out, "ok");
  free(out);
  assert_int_equal(curl(&out, (const char *[]){"-x", http_proxy, url, NULL}), 0);
  assert_string_equal(out, "ok");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_string_equal(json_string_value(json_object_get(json_array_get(all, 0), "mode")), "socks5");
  assert_string_equal(json_string_value(json_object_get(json_array_get(all, 1), "mode")), "regular");
  json_decref(all);
}

/* As if a name was pointed at weir in /etc/hosts. */
static void tls_goes_where_its_name_says(void **state) {
  (void)state;
  char to[80], proxy[60], *out;
  lab_weir(&fixture.lab, NULL);
  snprintf(to, sizeof to, "::127.0.0.1:%d", fixture.lab.weir.port);
  snprintf(proxy, sizeof proxy, "https://127.0.0.1:%d/", fixture.lab.weir.port);
  assert_int_equal(
      curl(&out, (const char *[]){"--cacert", fixture.lab.weir_ca, "--connect-to", to, "https://weir.internal/", NULL}),
      0);
  assert_non_null(strstr(out, "weir, an intercepting debug proxy"));
  free(out);
  assert_int_equal(curl(&out, (const char *[]){"-k", "--connect-to", to, "https://nosuch.invalid/", NULL}), 35);
  free(out);
  assert_int_equal(curl(&out, (const char *[]){"-k", proxy, NULL}), 35);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 3);
  const json_t *row = json_array_get(all, 0);
  assert_string_equal(json_string_value(json_object_get(row, "url")), "https://weir.internal/");
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "auto");
  row = lab_failed(all, "nosuch.invalid");
  assert_non_null(row);
  assert_int_equal(json_integer_value(json_object_get(row, "port")), 443);
  assert_non_null(lab_failed(all, "names no host (SNI)"));
  json_decref(all);
}

/* A client whose every byte is a segment of its own: the first one says that it is TLS, and the rest is waited for. */
static void tls_may_come_byte_by_byte(void **state) {
  (void)state;
  static const char script[] = "import socket, ssl, sys\n"
                               "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)\n"
                               "s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n"
                               "k = ssl.create_default_context(cafile=sys.argv[2])\n"
                               "i, o = ssl.MemoryBIO(), ssl.MemoryBIO()\n"
                               "t = k.wrap_bio(i, o, server_hostname='weir.internal')\n"
                               "def send():\n"
                               "    for b in o.read(): s.send(bytes([b]))\n"
                               "def turn(do):\n"
                               "    while True:\n"
                               "        try: r = do(); send(); return r\n"
                               "        except ssl.SSLWantReadError: send(); i.write(s.recv(65536))\n"
                               "turn(t.do_handshake)\n"
                               "turn(lambda: t.write(b'GET / HTTP/1.1\\r\\nHost: weir.internal\\r\\n\\r\\n'))\n"
                               "print(turn(lambda: t.read(15)).decode())\n";
  char port[20], *out;
  lab_weir(&fixture.lab, NULL);
  snprintf(port, sizeof port, "%d", fixture.lab.weir.port);
  assert_int_equal(net_run((const char *[]){"python3", "-c", script, port, fixture.lab.weir_ca, NULL}, &out), 0);
  assert_string_equal(out, "HTTP/1.1 200 OK\n");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 1);
  assert_string_equal(json_string_value(json_object_get(json_array_get(all, 0), "mode")), "auto");
  json_decref(all);
}

static char *row_body(const json_t *row, const char *side, size_t *n) {
  return rows_bytes(json_object_get(row, side), "body", n);
}

static void tcp_relays_and_records(void **state) {
  (void)state;
  char mode[60], script[300], *out, *sent, *got;
  size_t n;
  snprintf(mode, sizeof mode, "tcp:127.0.0.1:%d@127.0.0.1:0", fixture.origin.port);
  int port = start(mode, (const char *[]){"--json-bodies", NULL});
  snprintf(script, sizeof script,
           "exec 3<>/dev/tcp/127.0.0.1/%d; printf 'GET /ok HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' "
           ">&3; head -c 40 <&3",
           port);
  assert_int_equal(net_run((const char *[]){"bash", "-c", script, NULL}, &out), 0);
  assert_non_null(strstr(out, "200 "));
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 1);
  const json_t *row = json_array_get(all, 0);
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "tcp");
  assert_string_equal(json_string_value(json_object_get(row, "kind")), "tunnel");
  assert_string_equal(json_string_value(json_object_get(row, "state")), "done");
  sent = row_body(row, "request", &n);
  assert_string_equal(sent, "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  got = row_body(row, "response", &n);
  assert_int_equal(n, strlen(out));
  assert_memory_equal(got, out, n);
  free(sent);
  free(got);
  free(out);
  json_decref(all);
}

static void tcp_never_relays_to_weir(void **state) {
  (void)state;
  char line[40];
  int free_port;
  close(net_listen(&free_port)); /* a port that nobody has now */
  snprintf(line, sizeof line, "tcp:127.0.0.1:%d@127.0.0.1:%d", free_port, free_port);
  int port = start(line, NULL), fd = net_connect(port);
  char byte;
  assert_true(read(fd, &byte, 1) <= 0);
  close(fd);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "is weir itself: a tunnel to it would loop"));
  json_decref(all);
}

static void tls_relays_and_records(void **state) {
  (void)state;
  char mode[60], url[80], *out, *sent, *got;
  size_t n;
  fixture_need_site();
  snprintf(mode, sizeof mode, "tls:localhost:%d@127.0.0.1:0", fixture.site.tls_port[0]);
  url_of(url, sizeof url, "https", "localhost", start(mode, (const char *[]){"--json-bodies", NULL}), "/file");
  assert_int_equal(curl(&out, (const char *[]){"--cacert", fixture.lab.weir_ca, url, NULL}), 0);
  assert_string_equal(out, "0123456789");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  const json_t *row = json_array_get(all, 0);
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "tls");
  sent = row_body(row, "request", &n);
  assert_memory_equal(sent, "GET /file HTTP/1.1\r\n", 20);
  got = row_body(row, "response", &n);
  assert_memory_equal(got + n - 10, "0123456789", 10);
  free(sent);
  free(got);
  json_decref(all);
}

/* What the server speaks is what the client gets, also where weir does not speak it. */
static void tls_relays_what_both_speak(void **state) {
  (void)state;
  char mode[60], to[40], accept[40], pem[300], said[16384];
  int free_port;
  snprintf(pem, sizeof pem, "%s", lab_pem(&fixture.lab, LAB_GOOD));
  close(net_listen(&free_port));
  snprintf(accept, sizeof accept, "127.0.0.1:%d", free_port);
  struct net_program server = net_start((const char *[]){"openssl", "s_server", "-accept", accept, "-cert", pem, "-key",
                                                         pem, "-alpn", "imap,pop3", "-rev", "-quiet", NULL});
  for (double end = net_now() + NET_DEADLINE; net_now() < end;) {
    int fd = net_try_connect(free_port);
    if (fd >= 0) {
      close(fd);
      break;
    }
  }
  snprintf(mode, sizeof mode, "tls:localhost:%d@127.0.0.1:0", free_port);
  int port = start(mode, (const char *[]){"--json-bodies", NULL});
  snprintf(to, sizeof to, "127.0.0.1:%d", port);
  struct net_program client =
      net_start((const char *[]){"openssl", "s_client", "-connect", to, "-servername", "localhost", "-CAfile",
                                 fixture.lab.weir_ca, "-verify_return_error", "-alpn", "pop3,imap", NULL});
  assert_true(net_until(client.out, "ALPN protocol: imap", said, sizeof said));
  assert_int_equal(write(client.in, "hello\n", 6), 6);
  assert_true(net_until(client.out, "olleh", said, sizeof said));
  net_stop(&client);
  json_t *all = lab_rows(&fixture.lab);
  size_t n;
  char *sent = row_body(json_array_get(all, json_array_size(all) - 1), "request", &n);
  assert_memory_equal(sent, "hello\n", 6);
  free(sent);
  json_decref(all);
  net_stop(&server);
}

static void tls_relays_nothing_else(void **state) {
  (void)state;
  char mode[60], url[80], *out;
  fixture_need_site();
  snprintf(mode, sizeof mode, "tls:localhost:%d@127.0.0.1:0", fixture.site.tls_port[0]);
  url_of(url, sizeof url, "http", "localhost", start(mode, NULL), "/file");
  assert_int_not_equal(curl(&out, (const char *[]){url, NULL}), 0);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "the client did not begin TLS"));
  json_decref(all);
}

/* TLS on both sides, and the name that nginx redirects to is the client's. */
static void reverse_speaks_tls_on_both_sides(void **state) {
  (void)state;
  char mode[120], url[80], path[300], *out;
  fixture_need_site();
  snprintf(mode, sizeof mode, "reverse:https://localhost:%d@127.0.0.1:0", fixture.site.tls_port[0]);
  int port = start(mode, NULL);
  url_of(url, sizeof url, "https", "localhost", port, "/file");
  assert_int_equal(curl(&out, (const char *[]){"--cacert", fixture.lab.weir_ca, "-f", url, NULL}), 0);
  assert_string_equal(out, "0123456789");
  free(out);
  memmove(url + 4, url + 5, strlen(url + 4)); /* the same in the clear */
  assert_int_equal(curl(&out, (const char *[]){"-f", url, NULL}), 0);
  assert_string_equal(out, "0123456789");
  free(out);
  snprintf(path, sizeof path, "%s/www/folder", fixture.site.folder);
  mkdir(path, 0700);
  url_of(url, sizeof url, "http", "localhost", port, "/folder");
  assert_int_equal(curl(&out, (const char *[]){"-o", "/dev/null", "-w", "%{redirect_url}", url, NULL}), 0);
  snprintf(path, sizeof path, "http://localhost:%d/folder/", port);
  assert_string_equal(out, path);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 3);
  const json_t *row = json_array_get(all, 0);
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "reverse");
  assert_int_equal(json_integer_value(json_object_get(row, "port")), fixture.site.tls_port[0]);
  assert_false(json_is_null(json_object_get(row, "tls")));
  json_decref(all);
}

/* A part of a server: nginx redirects to a folder below it, and the client comes to that by its own path. */
static void reverse_stands_before_a_path(void **state) {
  (void)state;
  char mode[120], url[80], path[300], *out;
  snprintf(path, sizeof path, "%s/www/app", fixture.site.folder);
  mkdir(path, 0700);
  snprintf(path, sizeof path, "%s/www/app/deep", fixture.site.folder);
  mkdir(path, 0700);
  site_put(&fixture.site, "app/deep/index.html", "below", 5);
  snprintf(mode, sizeof mode, "reverse:http://127.0.0.1:%d/app/@127.0.0.1:0", fixture.site.port);
  int port = start(mode, NULL);
  url_of(url, sizeof url, "http", "localhost", port, "/deep");
  assert_int_equal(curl(&out, (const char *[]){"-fL", "-w", " %{url_effective}", url, NULL}), 0);
  snprintf(path, sizeof path, "below http://localhost:%d/deep/", port);
  assert_string_equal(out, path);
  free(out);
  url_of(url, sizeof url, "http", "localhost", port, "/../file");
  assert_int_equal(curl(&out, (const char *[]){"--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", url, NULL}), 0);
  assert_string_equal(out, "421");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 3);
  const char *asked = json_string_value(json_object_get(json_array_get(all, 1), "url"));
  snprintf(path, sizeof path, "http://127.0.0.1:%d/app/deep/", fixture.site.port);
  assert_string_equal(asked, path);
  json_decref(all);
}

static void reverse_never_asks_weir(void **state) {
  (void)state;
  char mode[80], url[80], *out;
  int free_port;
  close(net_listen(&free_port)); /* a port that nobody has now */
  snprintf(mode, sizeof mode, "reverse:http://localhost:%d@127.0.0.1:%d", free_port, free_port);
  url_of(url, sizeof url, "http", "127.0.0.1", start(mode, NULL), "/");
  assert_int_equal(curl(&out, (const char *[]){"-o", "/dev/null", "-w", "%{http_code}", url, NULL}), 0);
  assert_string_equal(out, "508");
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "is weir itself"));
  json_decref(all);
}

/* What was recorded over TLS is answered when its server is gone, and what was not fails within TLS, in words. What is no
 * HTTP fails as the tunnel would have. */
static void https_is_answered_without_its_server(void **state) {
  (void)state;
  char url[80], proxy[40], *out;
  struct site other;
  struct site_tls tls = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  site_need_tls(&other, &tls, 1);
  site_put(&other, "file", "0123456789", 10);
  int port = start("socks5@127.0.0.1:0", (const char *[]){"--rule", "[mock] path:/file => recorded", NULL});
  snprintf(proxy, sizeof proxy, "127.0.0.1:%d", port);
  url_of(url, sizeof url, "https", "localhost", other.tls_port[0], "/file");
  for (int i = 0; i < 2; i++) {
    assert_int_equal(
        curl(&out, (const char *[]){"--socks5-hostname", proxy, "--cacert", fixture.lab.weir_ca, "-f", url, NULL}), 0);
    assert_string_equal(out, "0123456789");
    free(out);
    if (i == 0)
      site_stop(&other);
  }
  url_of(url, sizeof url, "https", "localhost", other.tls_port[0], "/more");
  assert_int_equal(curl(&out, (const char *[]){"--socks5-hostname", proxy, "--cacert", fixture.lab.weir_ca, url, NULL}),
                   0);
  assert_non_null(strstr(out, "connection refused"));
  free(out);
  int fd = net_connect(port);
  char asked[] = "\x05\x01\0\x05\x01\0\x01\x7f\0\0\x01\0\0opaque", answer[20];
  asked[11] = (char)(other.tls_port[0] >> 8);
  asked[12] = (char)(other.tls_port[0] & 0xff);
  assert_int_equal(write(fd, asked, sizeof asked - 1), sizeof asked - 1);
  size_t n = 0;
  for (ssize_t got; n < sizeof answer && (got = read(fd, answer + n, sizeof answer - n)) > 0;)
    n += (size_t)got;
  assert_int_equal(n, 12); /* it was let in, and then there was nobody */
  assert_memory_equal(answer, "\x05\0\x05\0", 4);
  close(fd);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 4);
  const json_t *mocked = json_array_get(all, 1), *opaque = json_array_get(all, 3);
  assert_string_equal(json_string_value(json_object_get(mocked, "rule_says")), "answered as #1 was: mock");
  assert_string_equal(json_string_value(json_object_get(opaque, "state")), "failed");
  assert_non_null(strstr(json_string_value(json_object_get(json_object_get(opaque, "error"), "text")), "refused"));
  json_decref(all);
  site_close(&other);
}

static void a_relay_says_whose_it_is(void **state) {
  (void)state;
  char mode[80], url[80], *out;
  snprintf(mode, sizeof mode, "proxy+reverse:http://127.0.0.1:%d@127.0.0.1:0", fixture.origin.port);
  int port = start(mode, NULL), fd = net_connect(port);
  assert_true(net_send(fd, "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nGET /size/3 HTTP/1.1\r\nHost: x\r\n\r\n"));
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  close(fd);
  url_of(url, sizeof url, "http", "127.0.0.1", port, "/ok");
  assert_int_equal(curl(&out, (const char *[]){"--haproxy-protocol", url, NULL}), 0);
  assert_string_equal(out, "ok");
  free(out);
  assert_int_not_equal(curl(&out, (const char *[]){url, NULL}), 0);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  const json_t *row = rows_one(all, "/size/3");
  assert_string_equal(json_string_value(json_object_get(row, "client")), "192.0.2.7:4711");
  assert_true(json_is_null(json_object_get(row, "process"))); /* of another machine */
  assert_memory_equal(json_string_value(json_object_get(rows_one(all, "/ok"), "client")), "127.0.0.1:", 10);
  assert_non_null(lab_failed(all, "no valid PROXY header"));
  json_decref(all);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_port_that_is_taken),
      cmocka_unit_test_teardown(every_listen_is_opened, fixture_stop),
      cmocka_unit_test_teardown(socks_names_and_addresses, fixture_stop),
      cmocka_unit_test_teardown(socks_with_tls_inside, fixture_stop),
      cmocka_unit_test_teardown(socks_passwords, fixture_stop),
      cmocka_unit_test_teardown(socks_says_why, fixture_stop),
      cmocka_unit_test_teardown(one_port_takes_them_all, fixture_stop),
      cmocka_unit_test_teardown(tls_goes_where_its_name_says, fixture_stop),
      cmocka_unit_test_teardown(tls_may_come_byte_by_byte, fixture_stop),
      cmocka_unit_test_teardown(tcp_relays_and_records, fixture_stop),
      cmocka_unit_test_teardown(reverse_speaks_tls_on_both_sides, fixture_stop),
      cmocka_unit_test_teardown(reverse_stands_before_a_path, fixture_stop),
      cmocka_unit_test_teardown(reverse_never_asks_weir, fixture_stop),
      cmocka_unit_test_teardown(tcp_never_relays_to_weir, fixture_stop),
      cmocka_unit_test_teardown(tls_relays_and_records, fixture_stop),
      cmocka_unit_test_teardown(tls_relays_what_both_speak, fixture_stop),
      cmocka_unit_test_teardown(tls_relays_nothing_else, fixture_stop),
      cmocka_unit_test_teardown(https_is_answered_without_its_server, fixture_stop),
      cmocka_unit_test_teardown(a_relay_says_whose_it_is, fixture_stop),
  };
  return cmocka_run_group_tests(tests, fixture_all, fixture_close);
}
