/* Programs as people have them, told of weir's certificate in the way of each, against nginx with TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"

static char proxy[60], url[80];

static int setup(void **state) {
  fixture_lab(state);
  if (!fixture_site(LAB_RSA))
    return 0;
  fixture_weir(state);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fixture.lab.weir.port);
  snprintf(url, sizeof url, "https://localhost:%d/file", fixture.site.tls_port[0]);
  return 0;
}

/* A shell finds these, and they start; else the test is skipped, and says so. */
static void need(const char *program) {
  char command[200];
  snprintf(command, sizeof command, "command -v %s >/dev/null && %s %s >/dev/null 2>&1", program, program,
           strcmp(program, "openssl") == 0 ? "version" : "--version");
  if (fixture.lab.weir.pid && net_run((const char *[]){"sh", "-c", command, NULL}, NULL) == 0)
    return;
  print_message("%s is not installed\n", fixture.lab.weir.pid ? program : "nginx");
  skip();
}

static void assert_prints(const char *const *argv, const char *want) {
  char *out;
  int status = net_run(argv, &out);
  if (status != 0 || strcmp(out, want) != 0)
    fail_msg("%s: %d: %s", argv[0], status, out);
  free(out);
}

static void curl_trusts_it(void **state) {
  (void)state;
  need("curl");
  assert_prints((const char *[]){"curl", "-q", "-sS", "--max-time", "20", "--noproxy", "", "-x", proxy, "--cacert",
                                 fixture.lab.weir_ca, "-w", " %{http_version} %{num_connects}", url, url, NULL},
                "0123456789 1.1 10123456789 1.1 0");
  /* and does not without being told: 60 is "the certificate is not trusted" */
  assert_int_equal(
      net_run((const char *[]){"curl", "-q", "-sS", "--max-time", "20", "--noproxy", "", "-x", proxy, url, NULL}, NULL),
      60);
}

static void s_client_verifies_it(void **state) {
  (void)state;
  need("openssl");
  static const char *const versions[] = {"-tls1_2", "-tls1_3"};
  for (size_t i = 0; i < 2; i++) {
    char command[1200], *out;
    snprintf(command, sizeof command,
             "printf 'GET /file HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client "
             "-quiet -ign_eof -proxy 127.0.0.1:%d -connect localhost:%d -servername localhost -verify_hostname "
             "localhost -x509_strict -verify_return_error -CAfile '%s' %s 2>/dev/null",
             fixture.lab.weir.port, fixture.site.tls_port[0], fixture.lab.weir_ca, versions[i]);
    assert_int_equal(net_run((const char *[]){"sh", "-c", command, NULL}, &out), 0);
    assert_int_equal(strncmp(out, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_non_null(strstr(out, "\r\n\r\n0123456789"));
    free(out);
  }
}

static void python_verifies_it_strictly(void **state) {
  (void)state;
  need("python3");
  static const char program[] = "import http.client, ssl, sys\n"
                                "_, ca, proxy, port = sys.argv\n"
                                "c = ssl.create_default_context(cafile=ca)\n"
                                "c.verify_flags |= ssl.VERIFY_X509_STRICT\n"
                                "h = http.client.HTTPSConnection('127.0.0.1', int(proxy), context=c, timeout=20)\n"
                                "h.set_tunnel('localhost', int(port))\n"
                                "h.request('GET', '/file')\n"
                                "print(h.getresponse().read().decode(), h.sock.version(), end='')\n";
  char from[20], to[20];
  snprintf(from, sizeof from, "%d", fixture.lab.weir.port);
  snprintf(to, sizeof to, "%d", fixture.site.tls_port[0]);
  assert_prints((const char *[]){"python3", "-c", program, fixture.lab.weir_ca, from, to, NULL}, "0123456789 TLSv1.3");
}

static void node_verifies_it(void **state) {
  (void)state;
  need("node");
  static const char program[] =
      "const http = require('http'), tls = require('tls');\n"
      "const [proxy, port] = process.argv.slice(1).map(Number);\n"
      "const die = e => { console.log(String(e)); process.exit(1); };\n"
      "const r = http.request({port: proxy, host: '127.0.0.1', method: 'CONNECT', path: 'localhost:' + port});\n"
      "r.on('connect', (res, socket) => {\n"
      "  const s = tls.connect({socket, servername: 'localhost'}, () =>\n"
      "    s.write('GET /file HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n'));\n"
      "  let all = ''; s.on('data', d => all += d); s.on('error', die);\n"
      "  s.on('end', () => { process.stdout.write(s.authorized + all.split('\\r\\n\\r\\n')[1]); s.end(); });\n"
      "}).on('error', die).end();\n";
  char from[20], to[20];
  snprintf(from, sizeof from, "%d", fixture.lab.weir.port);
  snprintf(to, sizeof to, "%d", fixture.site.tls_port[0]);
  setenv("NODE_EXTRA_CA_CERTS", fixture.lab.weir_ca, 1);
  assert_prints((const char *[]){"node", "-e", program, from, to, NULL}, "true0123456789");
  unsetenv("NODE_EXTRA_CA_CERTS");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curl_trusts_it),
      cmocka_unit_test(s_client_verifies_it),
      cmocka_unit_test(python_verifies_it_strictly),
      cmocka_unit_test(node_verifies_it),
  };
  return cmocka_run_group_tests(tests, setup, fixture_close);
}
