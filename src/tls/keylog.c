/* SSLKEYLOGFILE: the secrets of connections for Wireshark. Only when the person asked for it; a file for them alone. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parts.h"
#include "weir/base/buf.h"
#include "weir/base/log.h"
#include "weir/base/path.h"

bool keylog_open(struct tls *t, const char *path, struct err *err) {
  struct stat st = {0};
  t->keylog = path_open_private(path, O_WRONLY | O_APPEND | O_NONBLOCK, err);
  if (t->keylog < 0)
    return false;
  if (fstat(t->keylog, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) && fchmod(t->keylog, 0600) == 0)
    log_write(LOG_INFO, "tls", 0, NULL, "others could reach the key log %s (mode %04o): it is yours alone now", path,
              (unsigned)(st.st_mode & 07777));
  else if (st.st_mode & 077)
    log_write(LOG_WARN, "tls", 0, "chmod 600, or name another file", "others can reach the key log %s (mode %04o)",
              path, (unsigned)(st.st_mode & 07777));
  return true;
}

/* One write a line, so that lines of several programs in one file stay whole. */
static void write_line(const SSL *ssl, const char *line) {
  const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  struct buf text = BUF_INIT;
  buf_printf(&text, "%s\n", line);
  ssize_t n;
  do
    n = write(t->keylog, text.p, text.n);
  while (n < 0 && errno == EINTR);
  OPENSSL_cleanse(text.p, text.n);
  buf_clear(&text);
}

void keylog_attach(struct tls *t, SSL_CTX *ctx) {
  if (t->keylog >= 0)
    SSL_CTX_set_keylog_callback(ctx, write_line);
}

void keylog_close(struct tls *t) {
  if (t->keylog >= 0)
    close(t->keylog);
  t->keylog = -1;
}
