"""Asks the console's list pages as the first owner, who comes in by the set-up link, and prints the median and the 95th
percentile of each in milliseconds: `console.py LINK APP ROUNDS`. Used by scripts/bench-scale."""

import base64
import hmac
import http.client
import html
import re
import struct
import sys
import time
import urllib.parse

LINK, APP, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
PASSWORD = "correct horse battery staple"
PAGES = [
    ("accounts, page 1", "accounts", 0),
    ("accounts, page 20", "accounts", 19),
    ("accounts, suspended", "accounts?status=suspended", 0),
    ("accounts, approved, page 20", "accounts?status=approved", 19),
    ("accounts, two letters (수현)", "accounts?q=수현", 0),
    ("accounts, one letter, frequent (김)", "accounts?q=김", 0),
    ("accounts, three letters (lee)", "accounts?q=lee", 0),
    ("accounts, a whole address", "accounts?q=member77@seed.example", 0),
    ("accounts, nobody's (zzqx)", "accounts?q=zzqx", 0),
    ("points, page 1", "points", 0),
    ("audit, page 1", "audit", 0),
    ("messages, page 1", "messages", 0),
    ("product keys, page 1", "product-keys", 0),
    ("overview", "", 0),
]

server = urllib.parse.urlsplit(LINK)
connection = http.client.HTTPConnection(server.hostname, server.port)
cookie = ""


def ask(method, path, form=None):
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode(form) if form else None
    connection.request(method, urllib.parse.quote(path, safe="/?=&%@"), body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        sys.exit(f"bench/console.py: {method} {path}: {answer.status}")
    return answer, text


def code(secret):
    """The six digits of RFC 6238 that an authenticator app shows now."""
    mac = hmac.digest(base64.b32decode(secret.replace(" ", "")), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def sign_in():
    _, page = ask("GET", f"{server.path}?{server.query}")
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"email": "owner@example.com", "name": "Owner", "password": PASSWORD, "password_again": PASSWORD}
    form["code"] = code(re.search(r'<code class="secret">([^<]+)', page)[1])
    answer, _ = ask("POST", server.path, form)
    return answer.headers["Set-Cookie"].split(";")[0]


def following(path, pages):
    """The path of the page that is so many pages behind."""
    for _ in range(pages):
        found = re.search(r'<a [^>]*rel="next"[^>]*href="([^"]+)"|<a [^>]*href="([^"]+)"[^>]*rel="next"', ask("GET", path)[1])
        if not found:
            return None
        path = html.unescape(found[1] or found[2])
    return path


cookie = sign_in()
for name, below, pages in PAGES:
    path = following(f"/console/{APP}/{below}" if below else "/console/", pages)
    if path is None:
        continue
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask("GET", path)
        times.append((time.perf_counter() - began) * 1000)
    times = sorted(times[ROUNDS // 6:])
    print(f"{name}\t{times[len(times) // 2]:.2f}\t{times[int(len(times) * 0.95)]:.2f}")
