/* Signals while weir has children: the editor in its pane, the process that makes pictures. The terminal is given back,
 * the children end with weir, and none of them is left as a zombie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "tui.h"

#define SIDE 4000 /* of a picture that takes a while */

static struct tui t;
static int listener = -1, port, client = -1;
static char script[400];

static int setup(void **state) {
  (void)state;
  listener = net_listen(&port);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  close(listener);
  if (client >= 0)
    close(client);
  client = -1;
  unlink(script);
  return 0;
}

/* ---- processes ---- */

/* Of /proc/PID/stat; false: there is no such process. */
static bool read_stat(pid_t pid, char *state, pid_t *parent) {
  char path[60], line[500];
  int ppid = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *f = fopen(path, "r");
  const char *behind = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
  bool there = behind && sscanf(behind + 1, " %c %d", state, &ppid) == 2;
  *parent = ppid;
  if (f)
    fclose(f);
  return there;
}

/* The first child of that process, zombies included; 0: it has none. */
static pid_t child_of(pid_t parent) {
  DIR *dir = opendir("/proc");
  pid_t found = 0;
  assert_non_null(dir);
  for (struct dirent *e; found == 0 && (e = readdir(dir)) != NULL;) {
    char state;
    pid_t pid = isdigit((unsigned char)e->d_name[0]) ? (pid_t)atoi(e->d_name) : 0, ppid;
    if (pid > 0 && read_stat(pid, &state, &ppid) && ppid == parent)
      found = pid;
  }
  closedir(dir);
  return found;
}

static bool has_no_child(struct pty *pty, void *arg) {
  (void)pty;
  (void)arg;
  return child_of(t.weir) == 0;
}

/* A child whose parent is gone may be a zombie of somebody who does not look; that is an end too. */
static bool has_ended(struct pty *pty, void *arg) {
  char state;
  pid_t parent, pid = *(pid_t *)arg;
  (void)pty;
  return !read_stat(pid, &state, &parent) || state == 'Z';
}

static void wait_ended(pid_t pid) {
  for (double end = net_now() + PTY_DEADLINE; !has_ended(NULL, &pid) && net_now() < end;)
    net_readable(listener, 0.01);
  assert_true(has_ended(NULL, &pid));
}

/* ---- the editor in its pane ---- */

/* A POST that waits, and this script in a pane as its editor. Returns the editor's process. */
static pid_t open_editor(const char *text) {
  char editor[420];
  const char *tmp = getenv("TMPDIR");
  snprintf(script, sizeof script, "%s/weir-signals", tmp ? tmp : "/tmp");
  snprintf(editor, sizeof editor, "VISUAL=sh -e '%s'", script);
  FILE *f = fopen(script, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  tui_open(&t, &(struct tui_options){.env = (const char *[]){editor, "XDG_RUNTIME_DIR", NULL}});
  tui_keys(&t, "i\025~m POST\r");
  tui_see(&t, "intercept on");
  client = tui_request(&t, port, "POST", "/edit", "", "hello", 5);
  tui_see(&t, "1 PAUSED");
  tui_keys(&t, "'E");
  tui_see(&t, "EDITING");
  pid_t pid = child_of(t.weir);
  assert_true(pid > 0);
  return pid;
}

static void ending_weir_ends_the_editor_in_its_pane(void **state) {
  (void)state;
  static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    pid_t pid = open_editor("echo EDITING; while :; do read x || sleep 1; done\n");
    double began = net_now();
    kill(t.weir, signals[i]);
    assert_int_equal(tui_ended(&t), 0);
    assert_true(net_now() - began < 3);
    wait_ended(pid);
    tui_close(&t);
    close(client);
  }
  client = -1;
}

/* One that wants to hear of nothing is ended all the same, and so is one that stands still. */
static void a_deaf_editor_ends_too(void **state) {
  (void)state;
  for (int stopped = 0; stopped < 2; stopped++) {
    pid_t pid = open_editor("trap '' HUP TERM INT CONT\necho EDITING; while :; do read x || sleep 1; done\n");
    if (stopped)
      kill(pid, SIGSTOP);
    kill(t.weir, SIGTERM);
    assert_int_equal(tui_ended(&t), 0);
    wait_ended(pid);
    tui_close(&t);
    close(client);
  }
  client = -1;
}

static void a_killed_editor_leaves_no_zombie(void **state) {
  (void)state;
  pid_t pid = open_editor("echo EDITING; read x\n");
  kill(pid, SIGKILL);
  tui_see(&t, "ended by signal 9");
  SEE(&t, pty_wait(t.pty, has_no_child, NULL, PTY_DEADLINE));
  SEE(&t, pty_alternate(t.pty) && pty_mouse(t.pty) && pty_paste_mode(t.pty) && !pty_cooked(t.pty));
  tui_get(&t, "/ok", 200);
  tui_keys(&t, "\033OQ'a");
  tui_see(&t, "#1 goes on");
  tui_quit(&t);
}

/* The last size that the editor told is the one of a pane beside the list, in 120x30. */
static bool has_last_size(struct pty *pty, void *arg) {
  int rows = 0, columns = 0;
  (void)arg;
  for (int y = 0; y < 30; y++) {
    const char *at = strstr(pty_row(pty, y), "size ");
    if (at && sscanf(at, "size %d %d;", &rows, &columns) != 2)
      return false;
  }
  return rows >= 20 && rows < 30 && columns >= 30 && columns < 120;
}

/* Every size reaches the editor, the last one too, and nothing else stops meanwhile. */
static void a_storm_of_resizes_with_the_pane_open(void **state) {
  (void)state;
  open_editor("trap 'echo size $(stty size);' WINCH\necho EDITING; while :; do read x || sleep 1; done\n");
  for (int i = 0; i < 60; i++) {
    pty_resize(t.pty, 40 + i * 7 % 120, 10 + i * 5 % 40);
    if (i % 10 == 0)
      tui_get(&t, "/ok", 200);
  }
  pty_resize(t.pty, 120, 30);
  SEE(&t, pty_wait_row(t.pty, 0, "flows 7/7"));
  tui_see(&t, "Ctrl-] leaves it");
  tui_keys(&t, "\r"); /* dash runs a trap when what it waits for has come */
  SEE(&t, pty_wait(t.pty, has_last_size, NULL, PTY_DEADLINE));
  kill(t.weir, SIGTERM);
  assert_int_equal(tui_ended(&t), 0);
}

/* weir stops and goes on; the editor is on a terminal of its own and has not noticed. */
static void weir_stops_while_the_editor_is_open(void **state) {
  (void)state;
  pid_t pid = open_editor("echo EDITING; read x; echo GOT $x; read y\n"), weir = t.weir;
  char how;
  pid_t parent;
  kill(weir, SIGSTOP);
  for (int i = 0; i < 100 && read_stat(weir, &how, &parent) && how != 'T'; i++)
    net_readable(listener, 0.01);
  pty_resize(t.pty, 100, 30);
  kill(weir, SIGCONT);
  tui_see(&t, "EDITING");
  SEE(&t, pty_wait_row(t.pty, 29, "Ctrl-]"));
  tui_keys(&t, "word\r");
  tui_see(&t, "GOT word");
  kill(weir,
       SIGTSTP); /* nobody could continue it here, so the system lets it run on; what it gave back it takes again */
  tui_get(&t, "/ok", 200);
  tui_keys(&t, "\r");
  tui_see(&t, "nothing was changed in sh");
  SEE(&t, pty_wait(t.pty, has_no_child, NULL, PTY_DEADLINE));
  wait_ended(pid);
  SEE(&t, pty_alternate(t.pty) && pty_mouse(t.pty) && pty_paste_mode(t.pty) && !pty_cooked(t.pty));
  kill(weir, SIGTERM);
  assert_int_equal(tui_ended(&t), 0);
}

/* ---- the process that makes pictures ---- */

static size_t chunk(unsigned char *out, const char *type, const unsigned char *bytes, size_t n) {
  unsigned char size[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8),
                           (unsigned char)n};
  memcpy(out, size, 4);
  memcpy(out + 4, type, 4);
  memcpy(out + 8, bytes, n);
  uLong crc = crc32(0, out + 4, (uInt)n + 4);
  for (int i = 0; i < 4; i++)
    out[8 + n + (size_t)i] = (unsigned char)(crc >> (24 - 8 * i));
  return n + 12;
}

/* A black square, which is few bytes and many pixels. */
static unsigned char *make_png(size_t *n) {
  uLong raw = SIDE * (SIDE * 3 + 1), room = compressBound(raw);
  unsigned char *black = calloc(1, raw), *packed = malloc(room), *png = malloc(room + 200);
  static const unsigned char head[] = {0, 0, SIDE >> 8, SIDE & 255, 0, 0, SIDE >> 8, SIDE & 255, 8, 2, 0, 0, 0};
  assert_int_equal(compress(packed, &room, black, raw), Z_OK);
  memcpy(png, "\x89PNG\r\n\x1a\n", 8);
  *n = 8;
  *n += chunk(png + *n, "IHDR", head, sizeof head);
  *n += chunk(png + *n, "IDAT", packed, room);
  *n += chunk(png + *n, "IEND", head, 0);
  free(black);
  free(packed);
  return png;
}

/* Behind fork() and exec(), where stopping it would stop weir: it is the program itself, and has its arguments. */
static bool makes_a_picture(pid_t pid) {
  static const char argument[] = "\0--picture";
  char path[60], line[2000];
  snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
  FILE *f = fopen(path, "r");
  size_t n = f ? fread(line, 1, sizeof line, f) : 0;
  if (f)
    fclose(f);
  return memmem(line, n, argument, sizeof argument) != NULL;
}

/* The picture's flow is opened, and the process that makes it out stands still in the middle. */
static pid_t open_picture(void) {
  char head[200];
  size_t n;
  unsigned char *png = make_png(&n);
  pid_t pid = 0;
  tui_open(&t, NULL);
  client = tui_request(&t, port, "GET", "/a.png", "", "", 0);
  int served = net_accept(listener);
  SEE(&t, served >= 0);
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %zu\r\n\r\n", n);
  assert_true(net_send(served, head) && net_send_n(served, png, n));
  free(png);
  struct net_response r = net_response(client, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  tui_see(&t, "/a.png");
  tui_keys(&t, "\r");
  for (double end = net_now() + PTY_DEADLINE; !makes_a_picture(pid) && net_now() < end;) {
    pty_read(t.pty, 0);
    pid = child_of(t.weir);
  }
  assert_true(makes_a_picture(pid));
  assert_int_equal(kill(pid, SIGSTOP), 0);
  close(served);
  return pid;
}

static void ending_weir_ends_the_picture(void **state) {
  (void)state;
  static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    pid_t pid = open_picture();
    double began = net_now();
    kill(t.weir, signals[i]);
    assert_int_equal(tui_ended(&t), 0);
    assert_true(net_now() - began < 3);
    wait_ended(pid);
    tui_close(&t);
    close(client);
  }
  client = -1;
}

static void a_killed_picture_leaves_no_zombie(void **state) {
  (void)state;
  pid_t pid = open_picture();
  tui_get(&t, "/ok", 200); /* that it stands still stops nothing */
  kill(pid, SIGKILL);
  SEE(&t, pty_wait(t.pty, has_no_child, NULL, PTY_DEADLINE));
  tui_see(&t, "signal 9");
  tui_get(&t, "/ok", 200);
  kill(t.weir, SIGTERM);
  assert_int_equal(tui_ended(&t), 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(ending_weir_ends_the_editor_in_its_pane), T(a_deaf_editor_ends_too),
      T(a_killed_editor_leaves_no_zombie),        T(a_storm_of_resizes_with_the_pane_open),
      T(weir_stops_while_the_editor_is_open),     T(ending_weir_ends_the_picture),
      T(a_killed_picture_leaves_no_zombie),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
