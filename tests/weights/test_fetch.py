"""The registry, downloads from a server in this process, and the commands."""

import contextlib
import dataclasses
import hashlib
import http.server
import os
import re
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest

from backpaint.cli import main
from backpaint.errors import RunError, UsageError
from backpaint.weights import fetch as fetch_module
from backpaint.weights import load_weights, registry
from backpaint.weights.fetch import fetch
from backpaint.weights.registry import Published, by_name, published

from .files.keras_files import write_keras


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` by name, and misbehaves as told; keeps all requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests = {}, []
        self.drop_after = None  # bytes of each answer
        self.drops = 0
        self.knows_ranges = self.tells_time = self.tells_length = True
        self.modified = "Wed, 01 Jan 2020 00:00:00 GMT"

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.headers)
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = self.server.files.get(self.path[1:])
        if content is None:
            self.send_error(404)
            return
        begin = self.begin(len(content))
        if begin is not None and begin >= len(content):
            self.send_error(416)
            return
        self.answer(content, begin)

    def begin(self, size):
        """Where to continue, if that is asked for and possible."""
        wanted, if_range = self.headers["Range"], self.headers["If-Range"]
        if not self.server.knows_ranges or wanted is None or if_range != self.server.modified:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def answer(self, content, begin):
        part = content if begin is None else content[begin:]
        self.send_response(200 if begin is None else 206)
        if begin is not None:
            whole = f"{begin}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", f"bytes {whole}")
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(part)))
        if self.server.tells_time:
            self.send_header("Last-Modified", self.server.modified)
        self.end_headers()
        if self.server.drops > 0:
            self.server.drops -= 1
            part = part[: self.server.drop_after]
            self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self.wfile.write(part)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(fetch_module, "_PAUSE", 0.001)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def content(small, tmp_path_factory):
    """A real file."""
    return write_keras(tmp_path_factory.mktemp("content") / "vgg.h5", small).read_bytes()


def entry(*urls, sha256=""):
    return Published("test", "a test", "vgg.h5", urls, 1, "none", "nobody", sha256)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once(server, content, small, tmp_path, assert_same):
    server.files["vgg.h5"] = content
    told = []
    wanted = entry(f"{server.address}/gone.h5", f"{server.address}/vgg.h5", sha256=sha256(content))
    path = fetch(wanted, tmp_path / "cache" / "weights", told.append)
    assert_same(load_weights(path), small.filters, small.biases)
    assert len(told) == 1
    assert "gone.h5 cannot be fetched (404" in told[0]
    assert len(server.requests) == 2
    assert fetch(wanted, tmp_path / "cache" / "weights") == path
    assert len(server.requests) == 2
    assert names(path.parent) == ["vgg.h5"]


@pytest.mark.parametrize("kind", ["hash", "page", "offline", "size", "length"])
def test_what_is_not_the_file_is_not_kept(kind, server, content, tmp_path):
    server.files["vgg.h5"] = content
    url = f"{server.address}/vgg.h5"
    if kind == "page":
        server.files["vgg.h5"] = b"<!DOCTYPE html><title>Gone</title>"
    if kind == "offline":
        url = "http://127.0.0.1:9/vgg.h5"
    if kind == "size":
        server.files["vgg.h5"] = bytes(2_000_001)
    server.tells_length = kind != "length"
    told = []
    with pytest.raises(RunError) as refusal:
        fetch(entry(url, sha256="0" * 64 if kind == "hash" else ""), tmp_path / "c", told.append)
    says = {
        "hash": "instead of 00000000",
        "page": "is a web page",
        "offline": "127.0.0.1",
        "size": "it has 2000001 bytes instead of about 1000000",
        "length": "does not say how long the file is",
    }[kind]
    assert says in told[-1]
    tried_again = sum("trying again" in line for line in told)
    assert tried_again == (2 if kind == "offline" else 0)
    assert f"download it by hand from {url} and put it at {tmp_path / 'c' / 'vgg.h5'}" in str(
        refusal.value
    )
    assert [name for name in names(tmp_path / "c") if not name.endswith(".part")] == []
    assert kind == "offline" or names(tmp_path / "c") == []


def test_a_redirection_is_followed(server, content, tmp_path):
    server.files["vgg.h5"] = content
    path = fetch(entry(f"{server.address}/moved/vgg.h5"), tmp_path)
    assert path.read_bytes() == content


def test_an_interrupted_download_is_continued(server, content, tmp_path):
    """Six interruptions, each after some bytes: more than tries that bring nothing."""
    server.files["vgg.h5"] = content
    step = len(content) // 10 // 1024 * 1024  # whole pieces, as they are written
    server.drop_after, server.drops = step, 6
    told = []
    path = fetch(entry(f"{server.address}/vgg.h5"), tmp_path, told.append)
    assert path.read_bytes() == content
    begins = [request["Range"] for request in server.requests]
    assert begins == [None] + [f"bytes={i * step}-" for i in range(1, 7)]
    assert len(told) == 6
    assert all("trying again" in line for line in told)
    assert names(tmp_path) == ["vgg.h5"]


@pytest.mark.parametrize(("brings", "expected"), [(1024, [1, 1, 1]), (0, [2, 4])])
def test_pauses_double_while_nothing_comes(
    brings, expected, server, content, tmp_path, monkeypatch
):
    """Each of three tries, with 1024 bytes or none."""
    server.files["vgg.h5"] = content
    server.drop_after, server.drops = brings, 3
    pauses = []
    monkeypatch.setattr(fetch_module, "_PAUSE", 1.0)
    monkeypatch.setattr(
        fetch_module, "time", SimpleNamespace(**vars(time) | {"sleep": pauses.append})
    )
    with contextlib.suppress(RunError):
        fetch(entry(f"{server.address}/vgg.h5"), tmp_path)
    assert pauses == expected


def test_the_next_run_continues(server, content, tmp_path, monkeypatch):
    server.files["vgg.h5"] = content
    server.drop_after, server.drops = 5120, 1
    monkeypatch.setattr(fetch_module.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(entry(f"{server.address}/vgg.h5"), tmp_path)
    assert names(tmp_path) == ["vgg.h5.part"]
    assert (tmp_path / "vgg.h5.part").read_bytes() == content[:5120]
    assert fetch(entry(f"{server.address}/vgg.h5"), tmp_path).read_bytes() == content
    assert server.requests[-1]["Range"] == "bytes=5120-"
    assert names(tmp_path) == ["vgg.h5"]


def interrupt(seconds):
    raise KeyboardInterrupt


@pytest.mark.parametrize("change", ["file", "no ranges", "no time", "no more", "nothing comes"])
def test_what_cannot_be_continued_begins_anew(change, server, content, tmp_path):
    (tmp_path / "vgg.h5.part").write_bytes(bytes(5000))
    os.utime(tmp_path / "vgg.h5.part", (1577836800, 1577836800))  # the server's time
    server.files["vgg.h5"] = content
    if change == "file":
        server.modified = "Thu, 02 Jan 2020 00:00:00 GMT"
    if change == "no more":
        (tmp_path / "vgg.h5.part").write_bytes(bytes(len(content)))
        os.utime(tmp_path / "vgg.h5.part", (1577836800, 1577836800))
    if change in ("no time", "nothing comes"):
        (tmp_path / "vgg.h5.part").unlink()
        server.drop_after, server.drops = 5000 if change == "no time" else 0, 2
    server.tells_time = change != "no time"
    server.knows_ranges = change != "no ranges"
    path = fetch(entry(f"{server.address}/vgg.h5", sha256=sha256(content)), tmp_path)
    assert path.read_bytes() == content
    assert names(tmp_path) == ["vgg.h5"]


def test_a_continuation_of_another_file_is_found_by_its_hash(server, content, tmp_path):
    server.files["vgg.h5"] = content
    (tmp_path / "vgg.h5.part").write_bytes(bytes(5000))
    os.utime(tmp_path / "vgg.h5.part", (1577836800, 1577836800))
    url, told = f"{server.address}/vgg.h5", []
    path = fetch(entry(url, url, sha256=sha256(content)), tmp_path, told.append)
    assert path.read_bytes() == content
    assert "its SHA-256 is" in told[0]


def test_the_registry_is_complete():
    for name, one in published().items():
        assert one == by_name(name)
        assert one.urls
        assert all(url.startswith("https://") and url.endswith(one.file) for url in one.urls)
        assert one.license
        assert one.citation
        assert 50 < one.megabytes < 600
        assert re.fullmatch("([0-9a-f]{64})?", one.sha256)  # all of it, or nothing
        assert re.fullmatch("([0-9a-f]{32})?", one.md5)
        if name.startswith("torchvision"):  # the file's own name carries the first digits
            assert f"-{one.sha256[:8]}." in one.file
        assert bool(one.sha256 or one.md5) is (name != "tensorflow-vgg16")
    with pytest.raises(UsageError, match="there is no published network 'vgg'; expected one of"):
        by_name("vgg")


def test_a_published_file_is_known_by_its_content(tmp_path, monkeypatch):
    path = tmp_path / "renamed.h5"
    path.write_bytes(bytes(1_500_000))
    digest = hashlib.md5(path.read_bytes()).hexdigest()
    known = {
        "other": dataclasses.replace(entry("http://x"), name="other", megabytes=1, md5="0" * 32),
        "one": dataclasses.replace(entry("http://x"), name="one", megabytes=1, md5=digest),
        "unknown": dataclasses.replace(entry("http://x"), name="unknown", megabytes=1),
    }
    monkeypatch.setattr(registry, "published", lambda: known)
    read = sha256(path.read_bytes())
    assert registry.by_content(path, read).name == "one"
    assert registry.describe_match(path, read).startswith("probably one: a test (vgg.h5; its MD5 ")
    assert registry.by_content(path, "0" * 64) is None  # the file was exchanged after it was read
    known["full"] = dataclasses.replace(known["one"], name="full", md5="", sha256=read)
    assert registry.by_content(path, read).name == "full"
    assert registry.describe_match(path, read).startswith("full: a test (vgg.h5; its SHA-256 ")
    path.write_bytes(bytes(1_500_001))
    read = sha256(path.read_bytes())
    assert registry.by_content(path, read) is None
    assert registry.describe_match(path, read) == "none whose hash is known here"
    with path.open("rb") as file:
        assert by_name("one").mismatch(file).startswith("its MD5 is ")


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """Run the command line in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["backpaint", "weights", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, *capfd.readouterr())

    return run


def test_convert_and_verify(command, small, tmp_path, assert_same):
    source = write_keras(tmp_path / "vgg.h5", small)
    done = command("convert", source, "-o", tmp_path / "vgg.safetensors")
    assert done.returncode == 0, done.stderr
    assert_same(load_weights(tmp_path / "vgg.safetensors"), small.filters, small.biases)
    checked = command("verify", tmp_path / "vgg.safetensors")
    assert "shapes, numbers and first layer are in order" in checked.stdout
    assert "none whose hash is known here" in checked.stdout
    nowhere = command("convert", source, "-o", tmp_path / "no" / "vgg.safetensors")
    assert nowhere.returncode == 2
    assert f"expected a folder {tmp_path / 'no'}, found none; create it first" in nowhere.stderr


def test_a_contradiction_needs_trust(command, small, tmp_path):
    swapped = dataclasses.replace(small, filters=small.rgb_filters)
    source = write_keras(tmp_path / "vgg.h5", swapped)
    assert command("verify", source).returncode == 2
    refused = command("convert", source, "-o", tmp_path / "a.safetensors")
    assert refused.returncode == 2
    assert "its channels are RGB instead of BGR" in refused.stderr
    assert "use it by --trust-weights" in refused.stderr
    assert (
        command("convert", source, "-o", tmp_path / "a.safetensors", "--trust-weights").returncode
        == 0
    )
    shown = command("info", source)
    assert "but its channels are RGB instead of BGR" in shown.stdout


def test_list(command):
    listed = command("list").stdout
    assert "torchvision-vgg16" in listed
    assert "Fetched files lie in" in listed
