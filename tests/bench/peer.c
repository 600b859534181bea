/* The programs that are measured: started, looked at from outside, ended. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define START_LIMIT 30.0

double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

uint16_t free_port(void) {
  uint16_t port;
  close(listen_anywhere(&port));
  return port;
}

/* ---- a folder for what programs want as files ---- */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
  (void)st;
  (void)kind;
  (void)ftw;
  return remove(path);
}

void folder_remove(const char *path) {
  if (*path)
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

bool folder_new(char *path, size_t size) {
  char here[PATH_MAX];
  if (mkdir("build/tmp", 0755) < 0 && errno != EEXIST)
    return false;
  if (!getcwd(here, sizeof here) || (size_t)snprintf(path, size, "%s/build/tmp/bench.XXXXXX", here) >= size)
    return false;
  return mkdtemp(path) != NULL;
}

/* Connects again and again until somebody accepts. */
static bool wait_for_port(struct peer *p, double began) {
  while (seconds_now() - began < START_LIMIT) {
    int fd = load_connect(p->port, 0);
    if (fd >= 0) {
      p->accept_s = seconds_now() - began;
      close(fd);
      return true;
    }
    usleep(p->family ? 10000 : 100); /* that one takes seconds; and whoever starts has the processor meanwhile */
    if (waitpid(p->pid, NULL, WNOHANG) == p->pid) {
      p->pid = 0;
      return false;
    }
  }
  return false;
}

static pid_t fork_child(void) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

bool peer_origin(struct peer *p, SSL_CTX *tls) {
  *p = (struct peer){.name = "origin", .err = -1};
  int fd = listen_anywhere(&p->port);
  if ((p->pid = fork_child()) == 0)
    origin_run(fd, tls);
  close(fd);
  return p->pid > 0;
}

bool peer_relay(struct peer *p, uint16_t origin) {
  *p = (struct peer){.name = "relay", .err = -1};
  int fd = listen_anywhere(&p->port);
  if ((p->pid = fork_child()) == 0)
    relay_run(fd, origin);
  close(fd);
  return p->pid > 0;
}

void peer_silence(void) {
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(null, 1);
  dup2(null, 2);
}

bool peer_exec(struct peer *p, const char *const *argv) {
  double began = seconds_now();
  if ((p->pid = fork_child()) == 0) {
    setsid(); /* so that all of its processes can be found */
    peer_silence();
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
  }
  p->session = true;
  return p->pid > 0 && wait_for_port(p, began);
}

static void write_nginx_conf(const char *path, const char *folder, uint16_t port, uint16_t origin) {
  FILE *f = fopen(path, "w");
  if (!f)
    return;
  fprintf(
      f,
      "daemon off; master_process off; pid %s/pid; error_log stderr crit; worker_rlimit_nofile 16384;\n"
      "events { worker_connections 8192; }\n"
      "http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600;\n"
      " client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
      " upstream o { server 127.0.0.1:%u; keepalive 1024; keepalive_requests 1000000000; }\n"
      " server { listen 127.0.0.1:%u backlog=4096; location / { proxy_pass http://o; proxy_http_version 1.1;\n"
      "  proxy_set_header Connection \"\"; proxy_max_temp_file_size 0; } } }\n",
      folder, folder, folder, folder, folder, folder, origin, port);
  fclose(f);
}

bool peer_nginx(struct peer *p, uint16_t origin) {
  *p = (struct peer){.name = "nginx", .err = -1, .port = free_port()};
  char conf[PEER_FOLDER + 16];
  if (!folder_new(p->folder, sizeof p->folder))
    return false;
  snprintf(conf, sizeof conf, "%s/nginx.conf", p->folder);
  write_nginx_conf(conf, p->folder, p->port, origin);
  const char *const argv[] = {"/usr/sbin/nginx", "-p", p->folder, "-c", conf, NULL};
  return peer_exec(p, argv);
}

#define ARGS_MAX 24

static void weir_argv(const char **argv, const struct peer *p, char *listen, size_t size, const char *const *extra) {
  snprintf(listen, size, "127.0.0.1:%u", p->port);
  size_t n = 0;
  argv[n++] = "weir";
  argv[n++] = "--listen";
  argv[n++] = listen;
  argv[n++] = "--confdir";
  argv[n++] = "build/bench-confdir"; /* its authority is made once, and goes with make clean */
  while (extra && *extra && n + 1 < ARGS_MAX)
    argv[n++] = *extra++;
  argv[n] = NULL;
}

static void exec_weir(const char **argv) {
  const char *program = getenv("WEIR");
  execv(program ? program : "build/weir", (char *const *)(uintptr_t)argv);
  _exit(127);
}

bool peer_weir(struct peer *p, const char *const *extra) {
  *p = (struct peer){.name = "weir", .err = -1, .port = free_port()};
  const char *argv[ARGS_MAX + 1] = {0};
  char listen[32];
  int err[2];
  const char *words[ARGS_MAX] = {"--headless"};
  for (size_t i = 0; extra && extra[i] && i + 2 < ARGS_MAX; i++)
    words[i + 1] = extra[i];
  weir_argv(argv, p, listen, sizeof listen, words);
  if (pipe2(err, O_CLOEXEC) < 0)
    return false;
  double began = seconds_now();
  if ((p->pid = fork_child()) == 0) {
    peer_silence();
    dup2(err[1], 2);
    exec_weir(argv);
  }
  close(err[1]);
  p->err = err[0];
  return wait_for_port(p, began);
}

bool peer_weir_screen(struct peer *p) {
  *p = (struct peer){.name = "weir, screen", .err = -1, .port = free_port()};
  const char *argv[ARGS_MAX + 1] = {0};
  char listen[32];
  int master;
  struct winsize size = {.ws_row = 36, .ws_col = 120};
  weir_argv(argv, p, listen, sizeof listen, NULL);
  fflush(stdout);
  double began = seconds_now();
  p->pid = forkpty(&master, NULL, NULL, &size);
  if (p->pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("TERM", "xterm-256color", 1);
    setenv("LANG", "C.UTF-8", 1);
    exec_weir(argv);
  }
  if (p->pid < 0)
    return false;
  if ((p->drain = fork_child()) == 0) { /* a terminal that takes all it is given */
    char bytes[65536];
    while (read(master, bytes, sizeof bytes) > 0)
      ;
    _exit(0);
  }
  close(master);
  return wait_for_port(p, began);
}

/* The last line on weir's stderr: "weir: 20000 flows recorded, 20480000 bytes of bodies". */
static struct recorded read_recorded(int fd) {
  struct recorded r = {false, 0, 0};
  char text[8192];
  size_t n = 0;
  ssize_t got;
  while ((got = read(fd, text + n, sizeof text - 1 - n)) > 0) {
    n += (size_t)got;
    if (n > sizeof text / 2) { /* only the end matters */
      memmove(text, text + n - sizeof text / 4, sizeof text / 4);
      n = sizeof text / 4;
    }
  }
  text[n] = '\0';
  for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    unsigned long long flows, bytes;
    if (sscanf(line, "weir: %llu flows recorded, %llu bytes of bodies", &flows, &bytes) == 2)
      r = (struct recorded){true, flows, bytes};
  }
  return r;
}

struct recorded peer_stop(struct peer *p) {
  struct recorded r = {false, 0, 0};
  if (p->pid > 0) {
    kill(p->session ? -p->pid : p->pid, p->err >= 0 || p->drain ? SIGTERM : SIGKILL);
    if (p->err >= 0)
      r = read_recorded(p->err);
    waitpid(p->pid, NULL, 0);
  }
  if (p->err >= 0)
    close(p->err);
  if (p->drain > 0) {
    kill(p->drain, SIGKILL);
    waitpid(p->drain, NULL, 0);
  }
  folder_remove(p->folder);
  *p = (struct peer){.name = p->name, .err = -1};
  return r;
}

/* /proc/PID/stat: what stands behind the name, which may hold anything. */
static double session_cpu_of(const char *pid, pid_t session) {
  char path[64], text[1024];
  int of = 0;
  unsigned long user = 0, system = 0;
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  FILE *f = fopen(path, "r");
  size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f)
    fclose(f);
  text[n] = '\0';
  const char *at = strrchr(text, ')');
  if (!at || sscanf(at + 1, " %*c %*d %*d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &of, &user, &system) != 3)
    return 0;
  return of == session ? (double)(user + system) / (double)sysconf(_SC_CLK_TCK) : 0;
}

static double session_cpu(pid_t session) {
  DIR *dir = opendir("/proc");
  const struct dirent *entry;
  double sum = 0;
  while (dir && (entry = readdir(dir)) != NULL)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
      sum += session_cpu_of(entry->d_name, session);
  if (dir)
    closedir(dir);
  return sum;
}

double peer_cpu(const struct peer *p) {
  clockid_t clock;
  struct timespec t;
  if (p->family)
    return session_cpu(p->pid);
  if (clock_getcpuclockid(p->pid, &clock) || clock_gettime(clock, &t))
    return 0;
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

uint64_t peer_rss(const struct peer *p) {
  char path[64];
  unsigned long long size = 0, resident = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", (int)p->pid);
  FILE *f = fopen(path, "r");
  if (!f || fscanf(f, "%llu %llu", &size, &resident) != 2)
    resident = 0;
  if (f)
    fclose(f);
  return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* weir's own answer, until it closes; as much as there is room for. */
static bool ask_weir(const struct peer *p, const char *path, char *text, size_t size) {
  char request[128];
  int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", path,
                   p->port);
  int fd = load_connect(p->port, 0);
  if (fd < 0)
    return false;
  size_t length = 0;
  ssize_t got = write(fd, request, (size_t)n) == n ? 1 : 0;
  while (got > 0 && length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
    length += (size_t)got;
  close(fd);
  text[length] = '\0';
  return length > 0;
}

bool peer_answers(const struct peer *p) {
  char text[8192];
  return ask_weir(p, "/nothing", text, sizeof text) && strncmp(text, "HTTP/1.1 404", 12) == 0;
}

bool peer_ask_flows(const struct peer *p, uint64_t *flows) {
  char text[8192];
  const char *at = ask_weir(p, "/", text, sizeof text) ? strstr(text, "flows recorded") : NULL;
  unsigned long long kept, evicted;
  if (!at || sscanf(at, "flows recorded %llu (%llu evicted)", &kept, &evicted) != 2)
    return false;
  *flows = kept + evicted;
  return true;
}
