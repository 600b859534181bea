#!/usr/bin/env python3
"""A worker of weir: signs requests, and marks JSON responses. One process for all of them."""
import hashlib, hmac, json, sys

for line in sys.stdin:
    message = json.loads(line)
    reply = {"id": message["id"]}
    try:
        if message["side"] == "request":
            text = message["method"] + " " + message["url"] + "\n" + message.get("body", "")
            sign = hmac.new(b"secret", text.encode(), hashlib.sha256).hexdigest()
            reply["headers"] = message["headers"] + [["X-Signature", sign]]
        else:
            data = json.loads(message["body"])
            data["proxied"] = True
            reply["body"] = json.dumps(data)
    except Exception as error:  # the message passes as it came, and its row says this
        reply["note"] = f"worker.py: {error}"
    print(json.dumps(reply), flush=True)
