/* Others that speak TLS on both sides, each told to do what weir does and no more: nothing is cached, logged or kept
 * that need not be. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PATH_ROOM (PEER_FOLDER + 32)

static bool is_there(const char *program) {
  return access(program, X_OK) == 0;
}

/* `keep`: connections to the origin are kept and TLS sessions resumed there, as weir does for a host it knows. Without:
 * each request to the origin opens its own, with a whole handshake. */
static bool write_nginx(const char *path, const struct peer *p, const struct tls_lab *lab, bool keep) {
  FILE *f = fopen(path, "w");
  if (!f)
    return false;
  fprintf(
      f,
      "daemon off; master_process off; pid %s/pid; error_log stderr crit; worker_rlimit_nofile 16384;\n"
      "events { worker_connections 8192; }\n"
      "http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600;\n"
      " client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
      " upstream o { server 127.0.0.1:%u; %s }\n",
      p->folder, p->folder, p->folder, p->folder, p->folder, p->folder, lab->origin,
      keep ? "keepalive 1024; keepalive_requests 1000000000;" : "");
  fprintf(
      f,
      " server { listen 127.0.0.1:%u ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3;\n"
      "  ssl_certificate %s; ssl_certificate_key %s;\n"
      "  location / { proxy_pass https://o; proxy_http_version 1.1; proxy_set_header Connection \"\";\n"
      "   proxy_max_temp_file_size 0; proxy_ssl_server_name on; proxy_ssl_name %s; proxy_ssl_verify on;\n"
      "   proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_trusted_certificate %s; proxy_ssl_session_reuse %s; } } }\n",
      p->port, lab->leaf, lab->leaf, WARM_NAME, lab->ca, keep ? "on" : "off");
  return fclose(f) == 0;
}

enum peer_start peer_nginx_tls(struct peer *p, const struct tls_lab *lab, bool keep) {
  char conf[PATH_ROOM];
  *p = (struct peer){.name = "nginx", .err = -1, .port = free_port()};
  const char *const argv[] = {"/usr/sbin/nginx", "-p", p->folder, "-c", conf, NULL};
  if (!is_there(argv[0]))
    return PEER_ABSENT;
  if (!folder_new(p->folder, sizeof p->folder))
    return PEER_FAILED;
  snprintf(conf, sizeof conf, "%s/nginx.conf", p->folder);
  return write_nginx(conf, p, lab, keep) && peer_exec(p, argv) ? PEER_RUNS : PEER_FAILED;
}

/* Learns the server's certificate before it answers the client. */
enum peer_start peer_mitmdump(struct peer *p, const struct tls_lab *lab) {
  char port[16], confdir[PATH_ROOM], trust[PATH_ROOM + 64];
  *p = (struct peer){.name = "mitmdump", .err = -1, .port = free_port(), .family = true};
  const char *const argv[] = {
      "/usr/bin/mitmdump", "-q", "--listen-host", "127.0.0.1", "-p", port, "--set", confdir, "--set", trust, "--set",
      "flow_detail=0",     NULL};
  if (!is_there(argv[0]))
    return PEER_ABSENT;
  if (!folder_new(p->folder, sizeof p->folder))
    return PEER_FAILED;
  snprintf(port, sizeof port, "%u", p->port);
  snprintf(confdir, sizeof confdir, "confdir=%s", p->folder);
  snprintf(trust, sizeof trust, "ssl_verify_upstream_trusted_ca=%s", lab->ca);
  return peer_exec(p, argv) ? PEER_RUNS : PEER_FAILED;
}

/* Takes no CONNECT: it is told where to go. Generic `ssl` keeps connections, which its `https` does not. */
enum peer_start peer_sslsplit(struct peer *p, const struct tls_lab *lab) {
  char port[16], origin[16];
  *p = (struct peer){.name = "sslsplit", .err = -1, .port = free_port(), .family = true};
  const char *const argv[] = {"/usr/bin/sslsplit", "-k", lab->ca_key, "-c",   lab->ca, "ssl",
                              "127.0.0.1",         port, "127.0.0.1", origin, NULL};
  if (!is_there(argv[0]))
    return PEER_ABSENT;
  snprintf(port, sizeof port, "%u", p->port);
  snprintf(origin, sizeof origin, "%u", lab->origin);
  return peer_exec(p, argv) ? PEER_RUNS : PEER_FAILED;
}

/* ---- squid ---- */

#define SQUID_CERTGEN "/usr/lib/squid/security_file_certgen"

static bool write_squid(const char *path, const struct peer *p) {
  FILE *f = fopen(path, "w");
  if (!f)
    return false;
  fprintf(f,
          "http_port 127.0.0.1:%u ssl-bump tls-cert=%s/ca.pem tls-key=%s/ca.key generate-host-certificates=on "
          "dynamic_cert_mem_cache_size=16MB\n"
          "sslcrtd_program " SQUID_CERTGEN " -s %s/certs -M 16MB\n"
          "tls_outgoing_options cafile=%s/ca.pem\n"
          "acl first at_step SslBump1\nssl_bump peek first\nssl_bump bump all\nhttp_access allow all\n",
          p->port, p->folder, p->folder, p->folder, p->folder);
  fprintf(f,
          "cache deny all\ncache_mem 0\naccess_log none\ncache_log /dev/null\npid_filename none\nshutdown_lifetime 0\n"
          "coredump_dir %s\nmax_filedescriptors 8192\ndns_nameservers 127.0.0.1\npinger_enable off\n"
          "netdb_filename none\nvisible_hostname %s\n",
          p->folder, BENCH_DOMAIN);
  return fclose(f) == 0;
}

static bool copy(const char *from, const char *folder, const char *name) {
  char path[PATH_ROOM], bytes[16384];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *in = fopen(from, "r"), *out = fopen(path, "w");
  size_t n = in ? fread(bytes, 1, sizeof bytes, in) : 0;
  bool ok = n > 0 && out && fwrite(bytes, 1, n, out) == n;
  if (in)
    fclose(in);
  return out && fclose(out) == 0 && ok && chmod(path, 0644) == 0; /* it is nobody's key */
}

/* Started by root it goes on as its own user, who must be able to write here; its certificates live in files. */
static bool prepare_squid(const struct peer *p, const struct tls_lab *lab) {
  char certs[PATH_ROOM];
  const struct passwd *user = geteuid() == 0 ? getpwnam("proxy") : NULL;
  snprintf(certs, sizeof certs, "%s/certs", p->folder);
  if (!copy(lab->ca, p->folder, "ca.pem") || !copy(lab->ca_key, p->folder, "ca.key"))
    return false;
  if (user && (chown(p->folder, user->pw_uid, user->pw_gid) < 0 || chmod(p->folder, 0755) < 0))
    return false;
  pid_t pid = fork();
  if (pid == 0) {
    if (user && (setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0))
      _exit(1);
    peer_silence();
    execl(SQUID_CERTGEN, SQUID_CERTGEN, "-c", "-s", certs, "-M", "16MB", (char *)NULL);
    _exit(127);
  }
  int status = -1;
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

enum peer_start peer_squid(struct peer *p, const struct tls_lab *lab) {
  char conf[PATH_ROOM];
  *p = (struct peer){.name = "squid", .err = -1, .port = free_port(), .family = true};
  const char *const argv[] = {"/usr/sbin/squid", "-N", "-f", conf, NULL};
  if (!is_there(argv[0]) || !is_there(SQUID_CERTGEN))
    return PEER_ABSENT;
  if (!folder_new(p->folder, sizeof p->folder))
    return PEER_FAILED;
  snprintf(conf, sizeof conf, "%s/squid.conf", p->folder);
  return write_squid(conf, p) && prepare_squid(p, lab) && peer_exec(p, argv) ? PEER_RUNS : PEER_FAILED;
}
