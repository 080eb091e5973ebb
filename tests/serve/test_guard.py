"""Who may come in: each row of the threats that docs/serve.md names, by real requests."""

import contextlib
import posixpath
import re
import socket
from pathlib import Path

import pytest

import backpaint

from .conftest import order

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-backpaint",
    "Origin": "http://evil.example",
}


def test_other_machines_cannot_connect(served):
    """It listens on one address alone: not even another of this machine's reaches it."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", served.port), timeout=5)


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token[]=x", "?token=%00"])
def test_a_stranger_is_told_where_the_address_is(served, query):
    status, _, body = served.ask_fully(f"/{query}")
    assert status == 403
    assert b"open the address that backpaint serve printed" in body


@pytest.mark.parametrize("path", ["/page.css", "/main.js", "/api/setup", "/api/events", "/nothing"])
def test_nothing_is_there_for_a_stranger(served, path):
    assert served.ask_fully(path)[0] == 403
    assert served.ask_fully(f"{path}?token={served.token}")[0] == 403


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_sees(served):
    status, headers, _ = served.ask_fully(f"/?token={served.token}")
    assert (status, headers["location"]) == (303, "/")
    name, *attributes = re.split(r"; ", headers["set-cookie"])
    assert name == f"backpaint_{served.port}={served.token}"
    assert {"HttpOnly", "SameSite=strict"} <= set(attributes)
    assert not any("Domain" in attribute for attribute in attributes)
    assert served.ask_fully("/", headers={"Cookie": f"a=b; {name}"})[0] == 200
    assert served.ask_fully("/", headers={"Cookie": f"{name}x"})[0] == 403
    assert served.ask_fully("/", headers={"Cookie": 'a="b; ' + name[:20]})[0] == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_a_name_that_was_bound_to_this_address_is_refused(served, host):
    headers = served.known | {"Host": host.format(port=served.port)}
    assert served.ask_fully("/", headers=headers)[0] == 421


def test_localhost_is_a_name_of_this_server(served):
    headers = served.known | {"Host": f"localhost:{served.port}"}
    assert served.ask_fully("/", headers=headers)[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.0\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n",
        "GET / HTTP/1.1\r\nHost: {host}, evil.example\r\n",
        "GET / HTTP/1.1\r\nHost : {host}\r\n",
        "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n",
        "PRI * HTTP/2.0\r\n",
    ],
)
def test_requests_that_say_their_host_twice_or_not_at_all_are_refused(served, head):
    lines = head.format(host=served.host) + f"Authorization: Bearer {served.token}\r\n\r\n"
    assert re.fullmatch(r"HTTP/1.1 4\d\d .*", served.raw(lines.encode())), head


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Backpaint": ""},
    ],
)
def test_another_page_in_the_same_browser_changes_nothing(served, header):
    status, answer = served.ask("/api/runs", "POST", order(), **header)
    assert status == 403, answer
    assert served.ask("/api/runs/1/stop", "POST", **header)[0] == 403
    assert served.ask("/api/runs/1", "DELETE", **header)[0] == 403
    assert served.ask("/api/pictures", "POST", b"x", **header)[0] == 403


def test_a_preflight_is_not_answered_with_leave(served):
    for known in ({}, served.known):
        status, headers, _ = served.ask_fully("/api/runs", "OPTIONS", headers=known | PREFLIGHT)
        assert status == 403
        assert not any(name.startswith("access-control") for name in headers)


def test_the_own_page_may_ask(served):
    own = {"Origin": f"http://{served.host}", "Sec-Fetch-Site": "same-origin"}
    assert served.ask("/api/estimate", "POST", order(), **own)[0] == 200


def test_no_answer_can_be_framed_sniffed_kept_or_made_to_run_scripts(served):
    for path, known in (("/", served.known), ("/", {}), ("/nothing", served.known), ("/", None)):
        headers = (known or {}) | ({"Host": "evil.example"} if known is None else {})
        _, told, _ = served.ask_fully(path, headers=headers)
        policy = told["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert told["x-content-type-options"] == "nosniff"
        assert told["cache-control"] == "no-store"
        assert told["referrer-policy"] == "no-referrer"
        assert told["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in told


def test_the_page_asks_nobody_else_and_has_no_script_of_its_own_in_it(served):
    left = ["", *re.findall(r'(?:href|src)="/([^"]+)"', served.ask("/")[1].decode())]
    seen = set()
    while left:
        name = left.pop()
        seen.add(name)
        status, content = served.ask(f"/{name}")
        assert status == 200, name
        text = content.decode()
        imported = re.findall(r'from "(\.\.?/[^"]+)"', text)
        named = {
            posixpath.normpath(posixpath.join(posixpath.dirname(name), one)) for one in imported
        }
        left += named - seen - {*left}
        addresses = set(re.findall(r"https?://[^\"' )]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=|innerHTML|eval\(", text), name
    page = Path(backpaint.__file__).with_name("serve") / "page"
    files = {str(path.relative_to(page)) for path in page.rglob("*.*")} - {"page.html"}
    assert seen == files | {""}  # nothing is left over


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/api/pictures/..%2f..%2f..%2fetc%2fpasswd",
        "/api/pictures/%2fetc%2fpasswd",
        "/api/runs/..%2f1/painting.png",
        "/server.py",
        "/page/page.html",
        "//etc/passwd",
        "/api/pictures/cat/",
    ],
)
def test_no_path_leads_out(served, path):
    status, answer = served.ask(path)
    assert status in (400, 404), answer
    assert "root:" not in str(answer)


def test_a_web_socket_is_refused(served):
    lines = (
        f"GET /api/events HTTP/1.1\r\nHost: {served.host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert re.fullmatch(r"HTTP/1.1 4\d\d .*", served.raw(lines.encode()))


def test_a_request_without_end_is_cut(served):
    head = f"GET / HTTP/1.1\r\nHost: {served.host}\r\nX: ".encode() + b"x" * (1 << 18)
    assert re.fullmatch(r"HTTP/1.1 4\d\d .*|", served.raw(head))
    assert served.ask("/")[0] == 200


IMPATIENT = """
from backpaint.serve import connection
assert connection.PATIENCE == 5.0  # as docs/serve.md says
connection.PATIENCE = 1.0
from backpaint.cli import main
main()
"""


def test_who_says_nothing_or_half_a_head_keeps_nobody_out_and_is_sent_away(serve):
    """Another half comes after a request that was answered; all wait at once, for that is long."""
    served = serve(program=("-c", IMPATIENT))
    heads = 40 * [b"", b"GET / HTTP/1.1\r\n"]
    with contextlib.ExitStack() as opened:
        address = ("127.0.0.1", served.port)
        silent = [
            opened.enter_context(socket.create_connection(address, timeout=30)) for _ in heads
        ]
        for one, head in zip(silent, heads, strict=True):
            with contextlib.suppress(ConnectionError):
                one.sendall(head)
        assert [served.ask("/")[0] for _ in range(3)] == [200] * 3
        silent.append(opened.enter_context(answered(served)))
        silent[-1].sendall(heads[-1])
        ends = [_end(one) for one in silent]
    assert ends == [b""] * 81


def _end(connection):
    """Read to the end: nothing was said before."""
    try:
        return connection.recv(1000)
    except ConnectionResetError:
        return b""


def answered(served):
    """Open a connection and get one answer; it stays open."""
    head = f"GET / HTTP/1.1\r\nHost: {served.host}\r\nAuthorization: Bearer {served.token}\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=30)
    connection.sendall(head.encode())
    answer = connection.makefile("rb")
    size = next(int(line[15:]) for line in answer if line.startswith(b"content-length:"))
    while answer.readline().strip():
        pass
    assert len(answer.read(size)) == size
    return connection


def test_who_is_refused_keeps_no_connection(served):
    _, headers, _ = served.ask_fully("/")
    assert headers["connection"] == "close"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_the_address_may_be_opened_from_another_page_but_not_loaded_into_it(served, site):
    opened = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    path = f"/?token={served.token}"
    status, headers, body = served.ask_fully(path, headers=opened)
    assert (status, "SameSite=strict" in headers["set-cookie"]) == (200, True)
    assert served.token not in body.decode()
    refused = [
        (path, opened | {"Sec-Fetch-Dest": "iframe"}),
        (path, opened | {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
        (path, {"Sec-Fetch-Site": site}),
        ("/?token=wrong", opened),
        ("/", opened | {"Cookie": f"backpaint_{served.port}={served.token}"}),
    ]
    for where, headers in refused:
        status, told, _ = served.ask_fully(where, headers=headers)
        assert (status, "set-cookie" in told) == (403, False), (where, headers)
