"""Servers and caches that mean harm: what comes is bounded, what lies there is looked at."""

import gzip
import http.server
import os
import shutil
import ssl
import subprocess
import threading
import time
from contextlib import suppress

import pytest

from backpaint.cli import main
from backpaint.errors import RunError, UsageError
from backpaint.weights import fetch as fetch_module
from backpaint.weights import transfer, watched
from backpaint.weights.fetch import fetch
from backpaint.weights.registry import Published, by_name

from .files.keras_files import write_keras

TIME = "Wed, 01 Jan 2020 00:00:00 GMT"
SECONDS = 1577836800


class Server(http.server.ThreadingHTTPServer):
    """Answers each request by the function of its path; over TLS if it has a certificate."""

    daemon_threads = True

    def __init__(self, answers, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requests, self.is_over = answers, [], threading.Event()
        self.scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{path}"

    def handle_error(self, request, address):
        """Say nothing of clients that hang up."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append(self.path)
        with suppress(OSError):  # the client may hang up
            self.server.answers[self.path[1:]](self)
        self.close_connection = True

    def head(self, code, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def pause(self, seconds):
        """Wait, and end with the server."""
        if self.server.is_over.wait(seconds):
            raise OSError("the test is over")

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def content(small, tmp_path_factory):
    """A real file."""
    return write_keras(tmp_path_factory.mktemp("content") / "vgg.h5", small).read_bytes()


@pytest.fixture
def quick(monkeypatch):
    """Short times: of the same code, in the same order."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(fetch_module, "_PAUSE", 0.001)
    monkeypatch.setattr(watched, "_WINDOW", 0.4)


@pytest.fixture
def serve(quick):
    """Start servers, and end them."""
    running = []

    def start(answers, certificate=None):
        server = Server(answers, certificate)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def entry(*urls, **more):
    return Published("test", "a test", "vgg.h5", urls, 1, "none", "nobody", **more)


def refused(url, folder, **more):
    """Return what is said of an address that gives no file."""
    told = []
    with pytest.raises(RunError, match=r"vgg\.h5 cannot be fetched; download it by hand"):
        fetch(entry(url, **more), folder, told.append)
    assert not (folder / "vgg.h5").exists()
    return told[-1]


def whole(content):
    def answer(handler):
        handler.head(200, Content_Length=len(content))
        handler.wfile.write(content)

    return answer


def headed(content, code=200, **headers):
    def answer(handler):
        handler.head(code, **headers)
        handler.wfile.write(content)

    return answer


BOMB = gzip.compress(bytes(40 << 20), 1)


def endless_chunks(handler):
    handler.head(200, Content_Length=1000, Transfer_Encoding="chunked")
    for _ in range(400):
        handler.wfile.write(b"100000\r\n" + bytes(1 << 20) + b"\r\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (headed(BOMB, Content_Length=len(BOMB), Content_Encoding="gzip"), "packs the file by gzip"),
        (endless_chunks, "says how long the file is, and sends it in chunks"),
        (headed(bytes(9), Transfer_Encoding="chunked"), "does not say how long the file is"),
        (headed(bytes(9), Content_Length=-5), "says that the file has '-5' bytes"),
        (headed(bytes(9), Content_Length="9, 9"), "says that the file has '9, 9' bytes"),
        (headed(bytes(9), Content_Length="1e1"), "says that the file has '1e1' bytes"),
        (headed(b"", Content_Length=3_000_000), "it has 3000000 bytes instead of about 1000000"),
        (headed(bytes(9), 206, Content_Length=9, Content_Range="bytes 0-8/9"), "somewhere else"),
    ],
    ids=["gzip", "length and chunks", "chunks", "negative", "twice", "no number", "large", "206"],
)
def test_what_is_announced_wrongly_is_refused_before_it_is_written(
    answer, says, serve, tmp_path, monkeypatch
):
    written = []
    monkeypatch.setattr(transfer.Transfer, "write", lambda self, chunk: written.append(chunk))
    assert says in refused(serve({"f": answer}).url("f"), tmp_path)
    assert written == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", ["bytes 99-107/108", "bytes 5-14/15", "bytes 5-13/99", "", "5-13"])
def test_a_continuation_of_another_place_is_refused(said, serve, tmp_path):
    (tmp_path / "vgg.h5.part").write_bytes(b"start")
    answer = headed(bytes(9), 206, Content_Length=9, Content_Range=said)
    assert "continues somewhere else" in refused(serve({"f": answer}).url("f"), tmp_path)


def test_more_bytes_than_announced_are_not_written(tmp_path):
    with (tmp_path / "a").open("a+b") as file:
        one = transfer.Transfer(file, most=100)
        one.size = 10
        one.write(bytes(6))
        with pytest.raises(ValueError, match="more than the 10 bytes come"):
            one.write(bytes(5))
    assert (tmp_path / "a").stat().st_size == 6


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(serve, content, tmp_path):
    """Whatever it sends: its bytes in time are kept, and the next address goes on with them."""

    def drip(handler):
        handler.head(200, Content_Length=len(content), Last_Modified=TIME)
        handler.wfile.write(content[:2048])
        for byte in content[2048:]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            handler.pause(0.02)

    def rest(handler):
        begin = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        assert handler.headers["If-Range"] == TIME
        place = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        handler.head(206, Content_Length=len(content) - begin, Content_Range=place)
        handler.wfile.write(content[begin:])

    server, told = serve({"drip": drip, "rest": rest}), []
    begin = time.monotonic()
    path = fetch(entry(server.url("drip"), server.url("rest")), tmp_path, told.append)
    assert path.read_bytes() == content
    assert time.monotonic() - begin < 20
    assert len(told) == 1  # no other try at the same address
    assert "bytes came in 0.4 s" in told[0]
    assert server.requests == ["/drip", "/rest"]


def test_headers_that_never_end_are_given_up(serve, tmp_path):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(1000):
            handler.wfile.write(b"X-%d: a\r\n" % i)
            handler.wfile.flush()
            handler.pause(0.02)

    assert "bytes came in 0.4 s" in refused(serve({"f": endless}).url("f"), tmp_path)


def test_all_tries_together_have_a_limit_of_time(serve, content, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch_module, "_LONGEST", 0.5)

    def steady(handler):
        handler.head(200, Content_Length=len(content), Last_Modified=TIME)
        for start in range(0, len(content), 1024):  # faster than the slowest
            handler.wfile.write(content[start : start + 1024])
            handler.wfile.flush()
            handler.pause(0.1)

    assert "it takes too long" in refused(serve({"f": steady}).url("f"), tmp_path)
    assert 0 < (tmp_path / "vgg.h5.part").stat().st_size < len(content)  # for the next run


def test_the_text_of_a_redirection_is_not_read(serve, content, tmp_path):
    sent = []

    def moved(handler):
        handler.head(302, Location="/f", Content_Length=300 << 20)
        for _ in range(300):
            handler.wfile.write(bytes(1 << 20))
            sent.append(1)

    server = serve({"moved": moved, "f": whole(content)})
    assert fetch(entry(server.url("moved")), tmp_path).read_bytes() == content
    assert len(sent) < 30  # what fits into the buffers on the way


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate of 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    key, signed = folder / "key", folder / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", signed, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True, check=True,
    )  # fmt: skip
    return signed, key


@pytest.mark.parametrize("where", ["http", "file", "https"])
def test_no_way_leads_from_https_into_the_open(
    where, serve, certificate, content, tmp_path, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    opened = serve({"f": whole(content)})
    there = {"http": opened.url("f"), "file": "file:///etc/passwd", "https": "/f"}[where]
    answers = {"moved": headed(b"", 302, Location=there, Content_Length=0), "f": whole(content)}
    encrypted = serve(answers, certificate)
    if where == "https":
        assert fetch(entry(encrypted.url("moved")), tmp_path).read_bytes() == content
        return
    assert f"it leads from https to {there}" in refused(encrypted.url("moved"), tmp_path)
    assert opened.requests == []


def test_what_a_server_says_is_printed_as_plain_text(serve, tmp_path):
    def hostile(handler):
        handler.wfile.write(b"HTTP/1.1 404 \x1b[2J\x9b31m gone\r\nContent-Length: 0\r\n\r\n")

    assert refused(serve({"f": hostile}).url("f"), tmp_path).isprintable()


@pytest.fixture
def victim(tmp_path):
    path = tmp_path / "victim"
    path.write_bytes(b"precious")
    return path


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", ["soft link", "hard link", "pipe", "open to all", "of another"])
def test_a_planted_beginning_is_thrown_away(kind, serve, content, cache, victim):
    part = cache / "vgg.h5.part"
    if kind == "soft link":
        part.symlink_to(victim)
    if kind == "hard link":
        part.hardlink_to(victim)
    if kind == "pipe":
        os.mkfifo(part)
    if kind in ("open to all", "of another"):
        part.write_bytes(b"planted")
        os.utime(part, (SECONDS, SECONDS))
        part.chmod(0o666 if kind == "open to all" else 0o644)
    if kind == "of another":
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        os.chown(part, 65534, 65534)
    path = fetch(entry(serve({"f": whole(content)}).url("f")), cache)
    assert victim.read_bytes() == b"precious"
    assert path.read_bytes() == content
    assert not path.is_symlink()
    assert path.stat().st_nlink == 1
    assert path.stat().st_uid == os.geteuid()
    assert [child.name for child in cache.iterdir()] == ["vgg.h5"]


def test_a_beginning_is_continued_whatever_the_umask(serve, content, cache):
    """Else a group that may write would make it somebody else's."""
    cut = headed(content[:4096], Content_Length=len(content), Last_Modified=TIME)
    url = serve({"f": cut}).url("f")
    previous = os.umask(0)
    try:
        refused(url, cache)
    finally:
        os.umask(previous)
    part = cache / "vgg.h5.part"
    assert part.stat().st_mode & 0o777 == 0o644
    place = f"bytes 4096-{len(content) - 1}/{len(content)}"
    rest = headed(content[4096:], 206, Content_Length=len(content) - 4096, Content_Range=place)
    path = fetch(entry(serve({"f": rest}).url("f")), cache)
    assert path.read_bytes() == content


def test_a_folder_in_the_way_of_a_beginning(serve, content, cache):
    (cache / "vgg.h5.part").mkdir()
    says = refused(serve({"f": whole(content)}).url("f"), cache)
    assert "cannot be fetched" in says
    assert (cache / "vgg.h5.part").is_dir()


@pytest.mark.parametrize("kind", ["soft link", "pipe", "folder", "another file", "a page"])
def test_what_lies_in_the_place_of_a_file_is_looked_at(kind, serve, content, cache, victim):
    server = serve({"f": whole(content)})
    path, digest = cache / "vgg.h5", ""
    if kind == "soft link":
        victim.write_bytes(content)
        path.symlink_to(victim)
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "folder":
        path.mkdir()
    if kind == "another file":
        path.write_bytes(content + b"planted")
        digest = "0" * 64
    if kind == "a page":
        path.write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(UsageError) as refusal:
        fetch(entry(server.url("f"), sha256=digest), cache)
    assert f"{path} is not what was published as test (" in str(refusal.value)
    assert "remove what is there, then fetch it again" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert server.requests == []
    assert os.path.lexists(path)  # whoever put it there may want it


def test_a_planted_file_of_a_published_name(small, tmp_path, monkeypatch, capfd):
    """Its name carries the hash that it does not have."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    planted = tmp_path / "backpaint" / "weights" / by_name("torchvision-vgg16").file
    planted.parent.mkdir(parents=True)
    write_keras(planted, small)
    monkeypatch.setattr("sys.argv", ["backpaint", "weights", "fetch", "torchvision-vgg16"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert "its SHA-256 is " in err
    assert "instead of 397923af..." in err
    assert len(err.splitlines()) == 1
