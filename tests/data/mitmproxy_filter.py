"""Matches filter expressions with mitmproxy itself, for tests/unit/test_filter_mitmproxy.c.

Reads one JSON object {"flows": [...], "expressions": [...]} from stdin; byte values stand as latin-1 text. Prints one
line for each expression: the numbers of the flows that match, or "error".
"""
import json
import re
import sys

from mitmproxy import flowfilter, http
from mitmproxy.test import tflow

# Before version 10 only ~m, ~d and ~u ignored case; since then all do, and so does weir.
for cls in flowfilter.filter_rex:
    cls.flags |= re.IGNORECASE


def pairs(fields):
    return http.Headers([(n.encode("latin-1"), v.encode("latin-1")) for n, v in fields])


def build(d):
    f = tflow.tflow(resp=d["status"] is not None, err=d["error"])
    body = d["request_body"].encode("latin-1")
    f.request = http.Request(
        d["host"], d["port"], d["method"].encode(), b"http", b"", d["path"].encode("latin-1"), b"HTTP/1.1",
        pairs(d["request_headers"]), body, None, 1.0, 1.1)
    if d["status"] is not None:
        f.response = http.Response(
            b"HTTP/1.1", d["status"], b"Reason", pairs(d["response_headers"]),
            d["response_body"].encode("latin-1"), None, 1.2, 1.3)
    f.client_conn.peername = (d["client"][0], d["client"][1])
    f.server_conn.address = (d["host"], d["port"])
    f.marked = ":default:" if d["marked"] else ""
    f.comment = d["note"]
    f.is_replay = "request" if d["replay"] else None
    return f


def main():
    given = json.load(sys.stdin)
    flows = [build(d) for d in given["flows"]]
    for text in given["expressions"]:
        try:
            compiled = flowfilter.parse(text)
        except ValueError:
            print("error")
            continue
        print(" ".join(str(i + 1) for i, f in enumerate(flows) if flowfilter.match(compiled, f)))


main()
