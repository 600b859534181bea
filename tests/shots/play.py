"""The play that pictures show: a server with a script, clients that ask it, and the clock that only they move."""
import mmap
import os
import socket
import struct
import threading

MS = 1_000_000
S = 1000 * MS


class Stage:
    """The file that weir's clock and names come from (tests/shots/stage.c)."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(bytes(24))
        fd = os.open(path, os.O_RDWR)
        self.map = mmap.mmap(fd, 24)
        os.close(fd)

    def now(self):
        return struct.unpack("=Q", self.map[0:8])[0]

    def go_on(self, ns):
        self.map[0:8] = struct.pack("=Q", self.now() + ns)

    def weir_port(self):
        return struct.unpack("=Q", self.map[8:16])[0]

    def tell_origin(self, port):
        self.map[16:24] = struct.pack("=Q", port)


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
    """Answers each request with the next line of the script, after moving the clock."""

    def __init__(self, stage):
        self.stage = stage
        self.answers = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        stage.tell_origin(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def close(self):
        """Out of accept() first: a descriptor closed under it may be another socket's when the call is taken up again."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

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


def request(method, url, body=b"", kind=None, agent="ShopApp/3.1 (Android 14)", extra=()):
    host = url.split("/")[2]
    fields = [("Host", host), ("User-Agent", agent), ("Accept", "*/*")] + list(extra)
    if body:
        fields += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    return message(f"{method} {url} HTTP/1.1", fields, body)


def talk(port, bytes_):
    """One request on a connection of its own; the connection, nothing read yet."""
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(bytes_)
    return s


def finish(s):
    """Reads one answer to its end."""
    finish_file(s, s.makefile("rb"))


def tunnel(port, host, inside):
    """CONNECT, then something that only its server understands (neither TLS nor HTTP), and its answer."""
    s = talk(port, message(f"CONNECT {host}:443 HTTP/1.1", [("Host", f"{host}:443")]))
    f = s.makefile("rb")
    read_head(f)
    s.sendall(b"\x01" + inside)
    finish_file(s, f)


def finish_file(s, f):
    head = read_head(f)
    f.read(length_of(head))
    s.close()


# ---- the shop ----

JSON = "application/json"
USERS = """{"page":2,"total":41,"users":[{"id":18,"name":"Ann Weaver","mail":"ann@shop.test","vip":true,"spent":1290.50},\
{"id":19,"name":"José Müller","mail":"jose@shop.test","vip":false,"spent":0},\
{"id":20,"name":"山田 花子","mail":"hanako@shop.test","vip":true,"spent":88.20}],"next":"/api/users?page=3"}""".encode()
LOGIN = b'{"user":"ann","password":"bad"}'
LOGIN_OK = b'{"user":"ann","password":"correct horse"}'
TOKEN = b'{"token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.4Zs","user":"ann","roles":["buyer","tester"],"expires":3600}'
CART = '{"item":"Teekanne \u2116 7","sku":19022,"count":2,"price":{"amount":38.50,"currency":"EUR"},"gift":false}'.encode()


def shop():
    """(request, milliseconds, answer): the flows of most pictures, in their order."""
    api = "http://api.shop.test"
    web = "http://shop.test"
    page = b"<!doctype html>\n<title>Shop</title>\n" + b"<p>tea, pots, cups</p>\n" * 310
    yield request("GET", web + "/"), 31, answer("200 OK", "text/html; charset=utf-8", page)
    yield request("GET", web + "/static/app.css"), 4, answer("200 OK", "text/css", b"a{color:teal}\n" * 930)
    yield request("GET", web + "/static/app.js", extra=[("If-None-Match", '"6543"')]), 2, answer("304 Not Modified")
    yield request("GET", web + "/img/山田-logo.png"), 11, answer("200 OK", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(131000))
    yield request("GET", api + "/api/users?page=2&q=café"), 18, answer("200 OK", JSON, USERS)
    yield request("POST", api + "/login", LOGIN, JSON), 3, answer("401 Unauthorized", JSON, b'{"error":"bad credentials"}')
    yield (request("POST", api + "/login", LOGIN_OK, JSON), 54,
           answer("200 OK", JSON, TOKEN, [("Set-Cookie", "sid=42; HttpOnly; Path=/")]))
    yield (request("POST", web + "/newsletter", b"mail=ann%40shop.test&weekly=yes", "application/x-www-form-urlencoded"), 7,
           answer("303 See Other", extra=[("Location", "/thanks")]))
    yield request("GET", web + "/thanks"), 3, answer("200 OK", "text/html", b"<p>Thank you.</p>\n")
    yield request("GET", web + "/old-prices"), 3, answer("404 Not Found", "text/plain", b"no such page\n")
    yield (request("GET", api + "/api/orders/19022"), 870,
           answer("500 Internal Server Error", JSON, b'{"error":"database is locked","trace":"b1946ac9"}'))
    yield request("DELETE", api + "/api/cart/3", extra=[("Authorization", "Bearer eyJhbGci")]), 42, answer("204 No Content")
    yield request("GET", "http://cdn.shop.test/video/intro.webm"), 3200, answer("200 OK", "video/webm", bytes(2_400_000))
    yield request("GET", "http://nosuch.invalid/feed"), 0, None
    yield request("GET", "http://down.shop.test/health"), 0, None
    yield "pay.shop.test", 210, answer("200 OK", JSON, bytes(31_000))
    yield request("POST", api + "/api/cart", CART, JSON), 64, answer("201 Created", JSON, b'{"id":4,"count":2,"total":77.00}')
    yield request("GET", api + "/api/cart"), 9, answer("200 OK", JSON, b"[" + CART + b"]")
