"""What passes in the pictures: an app and its shop."""
from play import BROWSER, answer, request

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
    api = "https://api.shop.test"
    web = "https://shop.test"
    page = b"<!doctype html>\n<title>Shop</title>\n" + b"<p>tea, pots, cups</p>\n" * 310
    yield request("GET", "http://shop.test/", agent=BROWSER), 2, answer("301 Moved Permanently", extra=[("Location", web + "/")])
    yield request("GET", web + "/", agent=BROWSER), 31, answer("200 OK", "text/html; charset=utf-8", page)
    yield request("GET", web + "/static/app.js", agent=BROWSER, extra=[("If-None-Match", '"6543"')]), 2, answer("304 Not Modified")
    yield request("GET", web + "/img/山田-logo.png", agent=BROWSER), 11, answer("200 OK", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(131000))
    yield request("GET", api + "/api/users?page=2&q=café"), 18, answer("200 OK", JSON, USERS)
    yield request("POST", api + "/login", LOGIN, JSON), 3, answer("401 Unauthorized", JSON, b'{"error":"bad credentials"}')
    yield (request("POST", api + "/login", LOGIN_OK, JSON), 54,
           answer("200 OK", JSON, TOKEN, [("Set-Cookie", "sid=42; HttpOnly; Path=/")]))
    yield (request("POST", web + "/newsletter", b"mail=ann%40shop.test&weekly=yes", "application/x-www-form-urlencoded", BROWSER), 7,
           answer("303 See Other", extra=[("Location", "/thanks")]))
    yield request("GET", web + "/thanks", agent=BROWSER), 3, answer("200 OK", "text/html", b"<p>Thank you.</p>\n")
    yield request("GET", web + "/old-prices", agent=BROWSER), 3, answer("404 Not Found", "text/plain", b"no such page\n")
    yield (request("GET", api + "/api/orders/19022"), 870,
           answer("500 Internal Server Error", JSON, b'{"error":"database is locked","trace":"b1946ac9"}'))
    yield request("DELETE", api + "/api/cart/3", extra=[("Authorization", "Bearer eyJhbGci")]), 42, answer("204 No Content")
    yield request("GET", "https://cdn.shop.test/video/intro.webm"), 3200, answer("200 OK", "video/webm", bytes(2_400_000))
    yield request("GET", "http://nosuch.invalid/feed"), 0, None
    yield request("GET", "http://down.shop.test/health"), 0, None
    yield request("GET", "https://bank.test/accounts"), 210, answer("200 OK", JSON, bytes(31_000))
    yield "pay.shop.test", 0, None
    yield request("POST", api + "/api/cart", CART, JSON), 64, answer("201 Created", JSON, b'{"id":4,"count":2,"total":77.00}')
    yield request("GET", api + "/api/cart"), 9, answer("200 OK", JSON, b"[" + CART + b"]")


def troubles():
    """What can be wrong with TLS, and what passes all the same."""
    ok = answer("200 OK", JSON, b'{"ok":true}')
    yield request("GET", "https://api.shop.test/status"), 4, ok
    yield request("GET", "https://old.shop.test/catalogue"), 0, None
    yield request("POST", "https://mail.shop.test/send", CART, JSON), 0, None
    yield request("GET", "https://dev.shop.test/"), 0, None
    yield request("GET", "https://wiki.office.test/start"), 0, None
    yield request("GET", "https://partner.shop.test/orders"), 0, None
    yield request("GET", "https://plain.shop.test/"), 0, None
    yield request("GET", "https://legacy.shop.test/stock"), 22, ok
    yield request("GET", "https://bank.test/accounts"), 210, answer("200 OK", JSON, bytes(31_000))
    yield "pay.shop.test", 0, None
    yield "pay.shop.test", 0, None
