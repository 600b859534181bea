#include "ui/error_words.h"

static const struct {
  const char *cause, *advice;
} words[] = {
    [ERROR_NAME] = {"a typing error, a name that only another network knows, or a name server that cannot be reached",
                    "look at the spelling; getent hosts NAME asks this machine; /etc/hosts can name it"},
    [ERROR_REFUSED] = {"no program listens on that port: the server is down, or on another port",
                       "start it, or look at the port (ss -ltn on that machine); r sends again"},
    [ERROR_UNREACHABLE] = {"no way leads there: another network, a VPN that is off, a firewall",
                           "ping or traceroute from this machine; r sends again"},
    [ERROR_RESET] = {"the server, or a firewall before it, broke the connection off",
                     "look at the server's own log; r sends again"},
    [ERROR_CLOSED] = {"the server ended the connection before its answer was whole: it crashed, or gave up",
                      "look at the server's own log; r sends again"},
    [ERROR_TIMEOUT] = {"the server is slow or stuck, or its packets are dropped on the way",
                       "r sends again; :set timeout-response, timeout-connect give it longer"},
    [ERROR_PROTOCOL] = {"it is no HTTP, or HTTP that is read in more than one way: weir passes nothing of that kind on",
                        "Enter shows the bytes"},
    [ERROR_CLIENT] = {"it was cancelled, or waited no longer", NULL},
    [ERROR_LOOP] = {"the address of the request is weir's own: a client took the proxy for the server",
                    "F8 says how programs are pointed at weir"},
    [ERROR_PROXY] = {"the proxy behind weir did not take it: its address, its password or its rules",
                     "look at --upstream"},
};

static bool known(const struct flow *f) {
  return f->state == FLOW_FAILED && (size_t)f->error < sizeof words / sizeof *words;
}

const char *error_cause(const struct flow *f) {
  return known(f) ? words[f->error].cause : NULL;
}

const char *error_advice(const struct flow *f) {
  return known(f) ? words[f->error].advice : NULL;
}
