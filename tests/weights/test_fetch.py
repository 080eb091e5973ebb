"""The registry, downloads from a server in this process, and the commands."""

import dataclasses
import http.server
import subprocess
import sys
import threading

import pytest

from backpaint.errors import RunError, UsageError
from backpaint.weights import load_weights
from backpaint.weights.fetch import fetch
from backpaint.weights.registry import Published, by_name, by_sha256, published


class Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder that is served, and its address."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()

    def handler(*arguments):
        return Server(*arguments, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def entry(*urls, prefix=""):
    return Published("test", "a test", "vgg.h5", urls, 1, "none", "nobody", prefix)


def test_a_file_is_fetched_once(server, files, small, tmp_path, assert_same):
    folder, address = server
    source = files.keras(folder / "vgg.h5", small)
    prefix = load_weights(source).sha256[:8]
    told = []
    wanted = entry(f"{address}/gone.h5", f"{address}/vgg.h5", prefix=prefix)
    path = fetch(wanted, tmp_path / "cache" / "weights", told.append)
    assert_same(load_weights(path), small.filters, small.biases)
    assert len(told) == 1
    assert "gone.h5 cannot be fetched (404" in told[0]
    source.unlink()
    assert fetch(wanted, tmp_path / "cache" / "weights") == path
    assert [path.name for path in path.parent.iterdir()] == ["vgg.h5"]


@pytest.mark.parametrize("kind", ["hash", "page", "offline"])
def test_what_is_not_the_file_is_not_kept(kind, server, files, small, tmp_path):
    folder, address = server
    if kind == "page":
        (folder / "vgg.h5").write_text("<!DOCTYPE html><title>Gone</title>")
    else:
        files.keras(folder / "vgg.h5", small)
    url = "http://127.0.0.1:9/vgg.h5" if kind == "offline" else f"{address}/vgg.h5"
    told = []
    with pytest.raises(RunError) as refusal:
        fetch(entry(url, prefix="00000000" if kind == "hash" else ""), tmp_path / "c", told.append)
    says = {"hash": "instead of 00000000", "page": "is a web page", "offline": "127.0.0.1"}[kind]
    assert says in told[0]
    assert f"download it by hand from {url} and put it at {tmp_path / 'c' / 'vgg.h5'}" in str(
        refusal.value
    )
    assert list((tmp_path / "c").iterdir()) == []


def test_the_registry_is_complete():
    for name, one in published().items():
        assert one == by_name(name)
        assert one.urls
        assert all(url.startswith("http") and url.endswith(one.file) for url in one.urls)
        if one.sha256_prefix:  # no hash but those that the file's own name carries
            assert f"-{one.sha256_prefix}." in one.file
            assert by_sha256(one.sha256_prefix + "0" * 56) == one
    assert by_sha256("0" * 64) is None
    with pytest.raises(UsageError, match="there is no published network 'vgg'; expected one of"):
        by_name("vgg")
    assert dataclasses.is_dataclass(by_name("caffe-vgg16"))


@pytest.fixture
def command(tmp_path):
    def run(*arguments):
        line = [sys.executable, "-m", "backpaint", "weights", *map(str, arguments)]
        return subprocess.run(line, capture_output=True, text=True, cwd=tmp_path)

    return run


def test_convert_and_verify(command, files, small, tmp_path, assert_same):
    source = files.keras(tmp_path / "vgg.h5", small)
    done = command("convert", source, "-o", tmp_path / "vgg.safetensors")
    assert done.returncode == 0, done.stderr
    assert_same(load_weights(tmp_path / "vgg.safetensors"), small.filters, small.biases)
    checked = command("verify", tmp_path / "vgg.safetensors")
    assert "shapes, numbers and first layer are in order" in checked.stdout
    assert "none whose hash is known here" in checked.stdout
    nowhere = command("convert", source, "-o", tmp_path / "no" / "vgg.safetensors")
    assert nowhere.returncode == 2
    assert "cannot be written (No such file or directory)" in nowhere.stderr


def test_a_contradiction_needs_trust(command, files, small, tmp_path):
    swapped = dataclasses.replace(small, filters=small.rgb_filters)
    source = files.keras(tmp_path / "vgg.h5", swapped)
    assert command("verify", source).returncode == 2
    refused = command("convert", source, "-o", tmp_path / "a.safetensors")
    assert refused.returncode == 2
    assert "its channels are RGB instead of BGR" in refused.stderr
    assert "use it all the same by --trust-weights" in refused.stderr
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
