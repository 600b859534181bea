#include "weir/proxy/guide.h"

#include <stdio.h>

const struct guide_row guide_table[] = {
    {GUIDE_SYSTEM, "Debian, Ubuntu",
     "  sudo install -m 644 {ca} /usr/local/share/ca-certificates/{tag}.crt\n"
     "  sudo update-ca-certificates"},
    {GUIDE_SYSTEM, "Fedora, RHEL",
     "  sudo install -m 644 {ca} /etc/pki/ca-trust/source/anchors/{tag}.pem\n"
     "  sudo update-ca-trust extract"},
    {GUIDE_SYSTEM, "openSUSE",
     "  sudo install -m 644 {ca} /etc/pki/trust/anchors/{tag}.pem\n"
     "  sudo update-ca-certificates"},
    {GUIDE_SYSTEM, "Arch", "  sudo trust anchor --store {ca}"},
    {GUIDE_SYSTEM, "macOS",
     "  sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {ca}\n"
     "The proxy: System Settings, Network, Details, Proxies."},
    {GUIDE_SYSTEM, "Windows",
     "As administrator:\n"
     "  certutil -addstore -f Root {ca}\n"
     "The proxy: Settings, Network & internet, Proxy."},
    {GUIDE_BROWSER, "Firefox",
     "Settings, Privacy & Security, View Certificates, Authorities, Import: {ca}, \"identify websites\".\n"
     "Settings, Network Settings, Manual proxy: {proxy}, also for HTTPS.\n"
     "For localhost too: about:config, network.proxy.allow_hijacking_localhost = true."},
    {GUIDE_BROWSER, "Chromium, Chrome",
     "On Linux, where its database is in ~/.pki/nssdb (or, without that, in ~/.local/share/pki/nssdb):\n"
     "  certutil -A -d sql:$HOME/.pki/nssdb -n {tag} -t C,, -i {ca}\n"
     "certutil is in libnss3-tools, or nss-tools; {install}\n"
     "does the same. Then:\n"
     "  chromium --proxy-server={proxy} '--proxy-bypass-list=<-loopback>'\n"
     "Elsewhere it asks the system."},
    {GUIDE_DEVICE, "iPhone, iPad",
     "Settings, Wi-Fi, the network, Configure Proxy, Manual: the address of this machine and port {port}.\n"
     "Open http://weir.internal/ca.der in Safari, then Settings, Profile Downloaded, Install.\n"
     "Settings, General, About, Certificate Trust Settings: switch weir on.\n"
     "A simulator:\n"
     "  xcrun simctl keychain booted add-root-cert {ca}"},
    {GUIDE_DEVICE, "Android",
     "Settings, Network, Wi-Fi, the network, Proxy, Manual: the address of this machine and port {port}.\n"
     "Open http://weir.internal/ca.der, then Settings, Security, Encryption & credentials,\n"
     "Install a certificate, CA certificate.\n"
     "Apps trust it only where their network security configuration allows user certificates; browsers do.\n"
     "The proxy by adb, and without it again:\n"
     "  adb shell settings put global http_proxy HOST:{port}\n"
     "  adb shell settings put global http_proxy :0"},
    {GUIDE_RUNTIME, "any command", "  {run} -- COMMAND\nsets all of the variables below for it."},
    {GUIDE_RUNTIME, "shell", "  export http_proxy=http://{proxy} https_proxy=http://{proxy} no_proxy="},
    {GUIDE_RUNTIME, "curl", "  curl --cacert {ca} -x http://{proxy} https://example.com/"},
    {GUIDE_RUNTIME, "wget",
     "  wget --ca-certificate={ca} -e use_proxy=on -e https_proxy=http://{proxy} https://example.com/"},
    {GUIDE_RUNTIME, "Python",
     "requests:\n"
     "  export REQUESTS_CA_BUNDLE={ca} HTTPS_PROXY=http://{proxy}\n"
     "ssl and urllib of the standard library, httpx:\n"
     "  export SSL_CERT_FILE={ca} https_proxy=http://{proxy}\n"
     "aiohttp asks no proxy but with trust_env=True."},
    {GUIDE_RUNTIME, "pip", "  pip install --cert {ca} --proxy http://{proxy} PACKAGE"},
    {GUIDE_RUNTIME, "Node",
     "  export NODE_EXTRA_CA_CERTS={ca}\n"
     "Node asks no proxy by itself before version 24; from there on:\n"
     "  export NODE_USE_ENV_PROXY=1 HTTPS_PROXY=http://{proxy}\n"
     "{run} leads older ones through weir too."},
    {GUIDE_RUNTIME, "npm", "  npm --cafile={ca} --https-proxy=http://{proxy} install"},
    {GUIDE_RUNTIME, "Java",
     "  keytool -importcert -noprompt -alias {tag} -file {ca} -keystore weir.p12 -storepass changeit\n"
     "  java -Dhttps.proxyHost=HOST -Dhttps.proxyPort={port} -Djavax.net.ssl.trustStore=weir.p12 ..."},
    {GUIDE_RUNTIME, "Go",
     "  export SSL_CERT_FILE={ca} HTTPS_PROXY=http://{proxy}\n"
     "It asks no proxy for localhost: name this machine otherwise."},
    {GUIDE_RUNTIME, "Ruby, PHP, .NET", "  export SSL_CERT_FILE={ca} https_proxy=http://{proxy}"},
    {GUIDE_RUNTIME, "Rust, cargo", "  export SSL_CERT_FILE={ca} CARGO_HTTP_CAINFO={ca} HTTPS_PROXY=http://{proxy}"},
    {GUIDE_RUNTIME, "git", "  git -c http.proxy=http://{proxy} -c http.sslCAInfo={ca} fetch"},
    {GUIDE_RUNTIME, "docker",
     "A container, where weir listens on an address that it can reach ({weir} --listen 172.17.0.1:{port}):\n"
     "  docker run -e https_proxy=http://HOST:{port} -e SSL_CERT_FILE=/weir.pem -v $PWD/{ca}:/weir.pem:ro IMAGE"},
};
const size_t guide_table_n = sizeof guide_table / sizeof guide_table[0];

static bool take(struct slice *rest, struct slice word) {
  if (!slice_starts(*rest, word))
    return false;
  *rest = slice_from(*rest, word.n);
  return true;
}

void guide_steps(struct buf *out, const struct guide_row *row, const struct guide_place *place) {
  char port[8];
  snprintf(port, sizeof port, "%u", (unsigned)place->port);
  const struct {
    const char *name, *value;
  } words[] = {
      {"{proxy}", place->proxy},     {"{port}", port},      {"{ca}", place->ca},     {"{tag}", place->tag},
      {"{install}", place->install}, {"{run}", place->run}, {"{weir}", place->weir},
  };
  for (struct slice rest = slice_of(row->steps); rest.n;) {
    bool taken = false;
    for (size_t i = 0; i < sizeof words / sizeof *words && !taken; i++)
      if ((taken = take(&rest, slice_of(words[i].name))))
        buf_add_text(out, words[i].value);
    if (taken)
      continue;
    buf_add_byte(out, *rest.p);
    rest = slice_from(rest, 1);
  }
}
