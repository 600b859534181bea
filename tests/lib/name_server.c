#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "name_server.h"

enum { TYPE_A = 1 };

/* RFC 1035-4.1: the question is sent back as it came, followed by answers that point at its name. */
static void serve(void *arg, unsigned events) {
  struct name_server *s = arg;
  unsigned char m[1500];
  struct sockaddr_storage from;
  socklen_t size = sizeof from;
  (void)events;
  ssize_t got = recvfrom(s->fd, m, 512, 0, (struct sockaddr *)&from, &size);
  if (got < 17)
    return;
  size_t end = 12;
  while (m[end])
    end += m[end] + 1u;
  int type = m[end + 1] << 8 | m[end + 2];
  end += 5;
  int i = type == TYPE_A;
  s->asked[i]++;
  if (s->code[i] == SILENT)
    return;
  m[2] = 0x81;
  m[3] = (unsigned char)(0x80 | s->code[i]);
  m[6] = 0;
  m[7] = (unsigned char)s->records[i];
  memset(m + 8, 0, 4); /* no authority, nothing additional */
  for (int r = 0; r < s->records[i]; r++) {
    unsigned char head[12] = {0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0, 0, 9, 0, (unsigned char)(i ? 4 : 16)};
    unsigned char four[4] = {127, 0, 0, (unsigned char)(r + 1)}, six[16] = {[15] = (unsigned char)(r + 1)};
    memcpy(m + end, head, sizeof head);
    memcpy(m + end + 12, i ? four : six, head[11]);
    end += 12u + head[11];
  }
  sendto(s->fd, m, end, 0, (struct sockaddr *)&from, size);
}

void name_server_start(struct name_server *s, struct loop *loop) {
  struct sockaddr_storage sa;
  s->at = (struct address){.family = 4, .ip = {127, 0, 0, 1}};
  socklen_t size = address_to_sockaddr(&s->at, &sa);
  s->loop = loop;
  s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, size), 0);
  assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &size), 0);
  address_from_sockaddr(&s->at, (struct sockaddr *)&sa);
  address_text(&s->at, s->list, sizeof s->list);
  assert_true(loop_add(loop, s->fd, NULL, serve, s));
}

void name_server_stop(struct name_server *s) {
  if (s->fd < 0)
    return;
  loop_remove(s->loop, s->fd);
  close(s->fd);
  s->fd = -1;
}
