"""What is asked: bounded, understood, and answered in one sentence where it cannot be."""

import contextlib
import http.client
import json
import os
import re
import socket
import struct
import zlib
from pathlib import Path

import pytest

from backpaint.examples import example_path

from .conftest import order, until

events = pytest.importorskip(
    "backpaint.serve.api.events",
    reason="needs starlette: pip install '.[web]'",
    exc_type=ModuleNotFoundError,
)

MIB = 1 << 20


def kept_files(served):
    (folder,) = served.folders()
    return sorted(path.name for path in folder.iterdir())


def bring(served, content, name="photo.jpg"):
    return served.ask(f"/api/pictures?name={name}", "POST", content)


def test_a_picture_is_brought_and_shown(served):
    content = example_path("cat").read_bytes()
    status, told = bring(served, content, "My%20cat%20%3Cb%3E.jpg")
    assert (status, told["name"], told["size"]) == (201, "My cat <b>.jpg", [451, 300])
    status, headers, shown = served.ask_fully(f"/api/pictures/{told['id']}", headers=served.known)
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert shown[:2] == b"\xff\xd8"
    assert shown != content  # decoded and written anew


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "a%00b%1b[31m.png"])
def test_a_name_is_only_a_name(served, name):
    status, told = bring(served, example_path("cat").read_bytes(), name)
    assert status == 201
    assert told["name"] in ("passwd", "a?b?[31m.png")


def test_a_large_upload_is_refused_before_it_is_sent(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        head = f"POST /api/pictures HTTP/1.1\r\nHost: {served.host}\r\nX-Backpaint: 1\r\n"
        head += f"Authorization: Bearer {served.token}\r\nContent-Length: {40 * MIB}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_too_many_settings_are_refused_by_their_own_limit(served):
    status, told = served.ask("/api/estimate", "POST", b"x" * 65_000)
    assert (status, told["error"]) == (
        413,
        "the settings are longer than 64 KB; leave some out",
    )


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "x"])
def test_a_number_that_no_run_has_is_not_found(served, number):
    for path, method in (("", "DELETE"), ("/picture.jpg", "GET"), ("/stop", "POST")):
        assert served.ask(f"/api/runs/{number}{path}", method)[0] == 404
    with contextlib.closing(served.stream(number)) as stream:
        assert json.loads(stream.message())["runs"] is not None


def test_a_burst_of_streams_is_held_to_its_limit(served):
    head = f"GET /api/events HTTP/1.1\r\nHost: {served.host}\r\n"
    head += f"Authorization: Bearer {served.token}\r\nX-Backpaint: 1\r\n\r\n"
    with contextlib.ExitStack() as opened:
        address, count = ("127.0.0.1", served.port), events.MOST_STREAMS + 4
        burst = [
            opened.enter_context(socket.create_connection(address, timeout=20))
            for _ in range(count)
        ]
        for connection in burst:
            connection.sendall(head.encode())
        statuses = [connection.recv(4096)[9:12] for connection in burst]
    assert set(statuses) == {b"200", b"503"}
    assert statuses.count(b"503") >= 4
    until(lambda: can_stream(served))  # those that were closed count no more


def can_stream(served):
    with contextlib.closing(served.stream(0)) as stream:
        return stream.answer.status == 200


def test_an_upload_that_does_not_say_how_large_it_is_is_counted(served):
    before = kept_files(served)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    pieces = (b"x" * MIB for _ in range(40))
    try:
        connection.request("POST", "/api/pictures", pieces, served.known, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):  # it hung up on the rest
        pass
    connection.close()
    assert kept_files(served) == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "found an empty file"),
        (b"no picture at all\n" * 100, "expected a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "expected a picture"),
        (example_path("cat").read_bytes()[:20_000], "damaged or incomplete"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence_and_not_kept(served, content, sentence):
    before = kept_files(served)
    status, told = bring(served, content)
    assert status == 400
    assert sentence in told["error"]
    assert told["error"].startswith("photo.jpg: ")
    assert str(served.folder) not in told["error"]
    assert kept_files(served) == before


def test_a_small_file_of_a_gigantic_picture_is_refused(served):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0" * MIB))
    status, told = bring(served, bomb, "bomb.png")
    assert status == 400
    assert "at most 100 megapixels" in told["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 60_000,
        b'{"content": 1, "style": "swirls"}',
        b'{"content": "cat", "style": "swirls", "path": "/etc/passwd"}',
        b'{"content": "cat", "style": "swirls", "seed": -1}',
        b'{"content": "cat", "style": "swirls", "engine": "/bin/sh"}',
        b'{"content": "cat", "style": "swirls", "weights": "/etc/passwd"}',
        b'{"content": "cat", "style": "swirls", "tables": {"weights": "/etc/passwd"}}',
        b'{"content": "cat", "style": "/etc/passwd"}',
        b'{"content": "cat", "style": "swirls", "preset": "/etc/passwd"}',
        b'{"content": "cat", "style": "swirls", "preset": "./mine.toml"}',
        b'{"content": "cat", "style": "swirls", "tables": {"style": {"weight": 1e999}}}',
        b'{"content": "cat", "style": "swirls", "tables": {"nothing": {}}}',
        b'{"content": "cat", "style": "swirls", "tables": {"title": {"a": 1}}}',
        b'{"content": "cat", "style": "swirls", "tables": {"images": {"size": 99999}}}',
        b'{"content": "cat", "style": "swirls", "tables": {"images": {"size": 9'
        + b"9" * 99
        + b"}}}",
        b'{"content": "cat", "style": "swirls", "tables": {"images": {"size": 1}}}',
    ],
)
@pytest.mark.parametrize("path", ["/api/estimate", "/api/runs"])
def test_settings_that_do_not_fit_are_refused_in_a_sentence(served, path, body):
    status, told = served.ask(path, "POST", body)
    assert status == 400, told
    assert 20 < len(told["error"]) < 1000
    assert "Traceback" not in told["error"]


def test_a_large_request_is_refused(served):
    assert served.ask("/api/runs", "POST", b" " * (65 << 10))[0] == 413


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/api/runs/700000/stop", "POST", 404),
        ("/api/runs/99999999999999999999/stop", "POST", 404),
        ("/api/runs/-1/stop", "POST", 404),
        ("/api/runs/700000/picture.jpg", "GET", 404),
        ("/api/runs/700000/painting.png", "GET", 404),
        ("/api/runs/700000", "DELETE", 404),
        ("/api/runs", "DELETE", 405),
        ("/api/setup", "POST", 405),
    ],
)
def test_what_is_not_there_is_not_there(served, path, method, expected):
    status, told = served.ask(path, method)
    assert status == expected
    assert told["error"]


def test_an_estimate_says_size_memory_time_and_the_command(served):
    status, told = served.ask("/api/estimate", "POST", order(iterations=7, size=64, seed=3))
    assert status == 200
    assert told["size"] == [64, 43]
    assert told["expected"] == 7
    assert 10e6 < told["memory"] < 1e9
    assert 0 < told["seconds"] < 600
    assert told["command"].startswith("backpaint paint cat.jpg swirls.jpg -o ")
    assert "--size 64 --iterations 7" in told["command"]
    assert "--seed 3" in told["command"]


def test_what_does_not_fit_into_memory_is_refused_with_what_does(served):
    status, told = served.ask("/api/runs", "POST", order(size=8000))
    assert status == 400
    assert re.search(r"about \d+ pixels on the longer side would fit", told["error"])


def test_the_server_stays_small(served):
    """It computes nothing: no picture and no network is ever in its memory."""
    for name in ("cat", "swirls", "mosaic"):
        bring(served, example_path(name).read_bytes())
    lines = Path(f"/proc/{served.process.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    assert resident < 100_000  # kB
    (folder,) = served.folders()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_uid == os.getuid()
