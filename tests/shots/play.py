"""The play that pictures show: a server with a script, clients that ask it, and the clock that only they move."""
import collections
import mmap
import os
import socket
import ssl
import struct
import threading
import time

MS = 1_000_000
S = 1000 * MS
HOUR = 1793534467  # 2026-11-01 12:01:07 UTC, as in stage.c


class Stage:
    """The file that weir's clock and names come from (tests/shots/stage.c)."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(bytes(40))
        fd = os.open(path, os.O_RDWR)
        self.map = mmap.mmap(fd, 40)
        self.lock = threading.Lock()
        os.close(fd)

    def now(self):
        return struct.unpack("=Q", self.map[0:8])[0]

    def go_on(self, ns):
        """While weir sleeps: what it does of its own accord has happened before."""
        pid = struct.unpack("=Q", self.map[32:40])[0]
        while self.state(pid) == "R":
            time.sleep(0.0005)
        with self.lock:
            self.map[0:8] = struct.pack("=Q", self.now() + ns)

    @staticmethod
    def state(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                return f.read().rpartition(")")[2].split()[0]
        except OSError:  # it has not begun, or ended
            return "S"

    def weir_port(self):
        return struct.unpack("=Q", self.map[8:16])[0]

    def tell_origin(self, port, secure_port):
        self.map[16:32] = struct.pack("=QQ", port, secure_port)


def read_head(f):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = f.readline()
        if not line:
            return head
        head += line
    return head


def length_of(head):
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


class Origin:
    """Answers each request with the next line of the script, after moving the clock: on one port in the clear, on another
    with TLS. Whom a client asks for decides which certificate it sees."""

    CERTIFICATES = {"old.shop.test": "expired", "mail.shop.test": "other", "dev.shop.test": "own",
                    "legacy.shop.test": "expired", "wiki.office.test": "office"}

    def __init__(self, stage, folder):
        self.stage = stage
        self.folder = folder
        self.answers = []
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        stage.tell_origin(*(listener.getsockname()[1] for listener in self.listeners))
        serve = (self.serve, self.serve_tls)
        self.threads = [threading.Thread(target=self.accept, args=a, daemon=True) for a in zip(self.listeners, serve)]
        for thread in self.threads:
            thread.start()

    def close(self):
        """Out of accept() first: a descriptor closed under it may be another socket's when the call is taken up again."""
        for listener, thread in zip(self.listeners, self.threads):
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            listener.close()

    def accept(self, listener, serve):
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(s,), daemon=True).start()

    def serve(self, s):
        f = s.makefile("rb")
        while True:
            head = read_head(f)
            if not head:
                break
            f.read(length_of(head))
            ms, answer = self.answers.pop(0)
            if answer is None:  # it never comes
                continue
            self.stage.go_on(ms * MS)
            s.sendall(answer)
            if b"101 Switching" in answer:
                return
        s.close()

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.folder}/{self.CERTIFICATES.get(name, 'good')}.pem")
        context.set_alpn_protocols(["http/1.1"])
        if name.startswith("partner."):
            context.load_verify_locations(self.folder + "/root.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def serve_tls(self, s):
        hello = s.recv(4096, socket.MSG_PEEK)
        if not hello:  # the client did not get so far
            return
        name = next((name for name in NAMES if name.encode() in hello), "")
        if name.startswith("plain."):
            s.recv(4096)
            s.sendall(answer("400 Bad Request", "text/plain", b"this is HTTP\n"))
            s.shutdown(socket.SHUT_WR)
            return
        self.stage.go_on(12 * MS)
        try:
            self.serve(self.context(name).wrap_socket(s, server_side=True))
        except OSError:  # weir did not like it, or has gone
            s.close()


def message(start, fields, body=b""):
    text = start + "\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    return text.encode() + b"\r\n" + body


def answer(status, kind=None, body=b"", extra=()):
    fields = [("Server", "nginx/1.22.1"), ("Date", "Sun, 01 Nov 2026 12:01:07 GMT")]
    if kind:
        fields.append(("Content-Type", kind))
    fields += list(extra)
    if not status.startswith(("1", "304")):
        fields.append(("Content-Length", str(len(body))))
    return message("HTTP/1.1 " + status, fields, body)


Ask = collections.namedtuple("Ask", "host secure alpn bytes")
APP, BROWSER = "ShopApp/3.1 (Android 14)", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

NAMES = ["old.shop.test", "mail.shop.test", "dev.shop.test", "legacy.shop.test", "partner.shop.test", "plain.shop.test",
         "wiki.office.test"]  # whose servers differ from the others


def request(method, url, body=b"", kind=None, agent=APP, extra=()):
    scheme, _, host, path = url.split("/", 3)
    fields = [("Host", host), ("User-Agent", agent), ("Accept", "*/*")] + list(extra)
    if body:
        fields += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    secure = scheme == "https:"
    alpn = ("h2", "http/1.1") if agent == BROWSER else ("http/1.1",)
    return Ask(host, secure, alpn, message(f"{method} {'/' + path if secure else url} HTTP/1.1", fields, body))


class Inside:
    """TLS as a client through a tunnel of weir's, step by step, so that the clock moves in between."""

    def __init__(self, stage, host, alpn=("http/1.1",), trusts=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(alpn)
        if trusts:  # whatever weir shows it, at this hour of the play
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.s = connect(stage.weir_port(), host)
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go, server_hostname=host)
        self.moved = False
        self.step(self.tls.do_handshake, lambda: self.take_time(stage))

    def take_time(self, stage):
        """Once, in however many pieces weir's part of the handshake comes."""
        if not self.moved:
            self.moved = True
            stage.go_on(2 * MS)

    def step(self, act, before_answer=lambda: None):
        while True:
            try:
                result = act()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.come.write(self.s.recv(65536))
                before_answer()
            except ssl.SSLError:  # the alert goes out
                self.flush()
                raise

    def flush(self):
        if self.go.pending:
            self.s.sendall(self.go.read())

    def sendall(self, bytes_):
        self.step(lambda: self.tls.write(bytes_))

    def readline(self):
        line = b""
        while not line.endswith(b"\n"):
            line += self.step(lambda: self.tls.read(1))
        return line

    def read(self, n):
        got = b""
        while len(got) < n:
            got += self.step(lambda: self.tls.read(n - len(got)))
        return got

    def makefile(self, _):
        return self

    def close(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:  # the other side's close_notify is not waited for
            pass
        self.flush()
        self.s.close()


def connect(port, host):
    """A tunnel to port 443 of this host."""
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(message(f"CONNECT {host}:443 HTTP/1.1", [("Host", f"{host}:443")]))
    read_head(s.makefile("rb", buffering=0))
    return s


def talk(stage, ask):
    """One request on a connection of its own; the connection, nothing read yet."""
    s = Inside(stage, ask.host, ask.alpn) if ask.secure else socket.create_connection(("127.0.0.1", stage.weir_port()))
    s.sendall(ask.bytes)
    return s


def distrust(stage, host):
    """A client that has not been told to trust weir's authority."""
    try:
        Inside(stage, host, trusts=False)
    except ssl.SSLError:
        return
    raise RuntimeError("this client was to refuse")


def finish(s):
    """Reads one answer to its end."""
    f = s.makefile("rb")
    f.read(length_of(read_head(f)))
    s.close()
