"""Which reader a file gets, and one sentence for everything that is no weights file."""

import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from backpaint.errors import UsageError
from backpaint.weights import load_weights
from backpaint.weights.recognize import recognize

from .files.keras_files import write_keras
from .files.matconvnet_files import matconvnet_variables, write_v5
from .files.matlab73_files import write_v73
from .files.named_arrays import npz_entries


def test_the_extension_does_not_matter(small, tmp_path, assert_same):
    variables = matconvnet_variables(small, "new", False)
    for i, write in enumerate([write_v5, write_v73]):
        path = write(tmp_path / f"{i}.mat", variables).rename(tmp_path / f"{i}.jpg")
        assert_same(load_weights(path), small.rgb_filters, small.biases)
    path = write_keras(tmp_path / "k.h5", small).rename(tmp_path / "k.mat")
    assert_same(load_weights(str(path)), small.filters, small.biases)


def test_a_file_may_have_an_embedded_networks_name(small, tmp_path, monkeypatch):
    write_keras(tmp_path / "vgg19", small)
    monkeypatch.chdir(tmp_path)
    assert load_weights("vgg19").format == "embedded"
    assert load_weights("./vgg19").format == "keras-h5"
    assert load_weights(Path("vgg19")).format == "keras-h5"


def test_the_hash_is_the_files(small, tmp_path):
    path = write_keras(tmp_path / "k.h5", small)
    expected = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert load_weights(path).sha256 == expected.stdout.split()[0]


def test_classes_without_a_name(small, tmp_path):
    """A file may list fewer than a thousand."""
    path = write_v5(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
    weights = load_weights(path)
    assert [weights.class_name(i) for i in (1, 2, 3, 999)] == [
        *("goldfish", "día"),
        *("class 3", "class 999"),
    ]


def test_a_note_says_what_was_left_out(small, tmp_path, caplog):
    path = tmp_path / "vgg.npz"
    np.savez(path, **npz_entries(small), mean=np.ones(3))
    weights = load_weights(path)
    assert weights.left_out == ("1 other array (mean)",)
    assert caplog.messages == [f"note: {path}: left out 1 other array (mean)"]
    assert [record.name for record in caplog.records] == ["backpaint"]
    caplog.clear()
    np.savez(path, **npz_entries(small))
    assert load_weights(path).left_out == ()
    assert not caplog.messages


def test_a_note_is_seen_without_any_setting(small, tmp_path):
    np.savez(tmp_path / "vgg.npz", **npz_entries(small), mean=np.ones(3))
    code = "import sys; from backpaint.weights import load_weights; load_weights(sys.argv[1])"
    command = [sys.executable, "-c", code, tmp_path / "vgg.npz"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr.splitlines() == [
        f"note: {tmp_path / 'vgg.npz'}: left out 1 other array (mean)"
    ]


def octave_text(path):
    path.write_text("# Created by Octave 8.4.0, Wed May 01 10:00:00 2024 UTC <u@h>\n# name: net\n")


def version_4(path):
    scipy.io.savemat(path, {"x": np.ones((300, 30)), "yy": np.ones((3, 4), np.uint8)}, format="4")


def version_4_of_another_machine(path):
    header = np.array([1000, 3, 2, 0, 4], ">i4").tobytes()
    path.write_bytes(header + b"net\0" + np.ones(6, ">f8").tobytes())


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (octave_text, "is a file in Octave's own text format"),
        (
            lambda path: path.write_bytes(b"Octave-1-L\0" + bytes(600)),
            "in Octave's own binary format",
        ),
        (version_4, "is a MATLAB v4 file, which holds no cells or structs"),
        (version_4_of_another_machine, "is a MATLAB v4 file, which holds no cells or structs"),
        (
            lambda path: path.write_text("  1.0000000e+00  -2.0000000e+00\n  3.0000000e+00\n"),
            "is a table of numbers in text",
        ),
    ],
)
def test_what_matlab_and_octave_save_otherwise(write, says, tmp_path):
    write(tmp_path / "net.mat")
    with pytest.raises(UsageError) as refusal:
        load_weights(tmp_path / "net.mat")
    assert says in str(refusal.value)
    assert str(refusal.value).endswith(
        "; expected a network as MatConvNet's; write it anew with `save -v7`"
    )


def zip_of(name):
    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, b"")

    return write


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"x", "is of no format that backpaint knows"),
        (bytes(1000), "is of no format that backpaint knows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600), "is a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(600), "is a JPEG picture"),
        (b"\x1f\x8b\x08" + bytes(600), "is a gzip archive"),
        (b"<!DOCTYPE html><title>404</title>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "is a Git LFS pointer"),
        (b"\x93NUMPY\x01\x00" + bytes(600), "is a NumPy .npy file"),
        (pickle.dumps({"a": 1}, protocol=2), "is a pickle, but none of PyTorch's"),
        (b"MATLAB 5.0 MAT-file" + bytes(20), "cut short"),
        (b"PK\x03\x04" + bytes(600), "is a zip archive, as .npz files are, but damaged"),
        (zip_of("archive/data.pkl"), "is a PyTorch file"),
        (zip_of("model.weights.h5"), "is a Keras 3 archive"),
        (zip_of("readme.txt"), "is a zip archive without NumPy arrays"),
    ],
)
def test_other_files_are_named(content, says, tmp_path):
    path = tmp_path / "vgg16.mat"
    content(path) if callable(content) else path.write_bytes(content)
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    sentence = str(refusal.value)
    assert sentence.startswith(f"{path} {says.split()[0]}") or "cut short" in says
    assert says in sentence
    assert "expected" in sentence or "give VGG-16 or VGG-19 as" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["vgg17", "no/such/file.mat", "", "bad\0name"])
def test_neither_file_nor_name(name):
    with pytest.raises(UsageError) as refusal:
        load_weights(name)
    if name in ("vgg17", "no/such/file.mat"):
        assert f"neither a file nor an embedded network {name!r}" in str(refusal.value)
        assert "vgg16 and vgg19" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("vgg18", "network 'vgg18' (did you mean vgg1"),
        ("VGG16", "network 'VGG16' (did you mean vgg16?); give VGG-16"),
        ("vgg-19", "(did you mean vgg19?)"),
        ("", "weights have an empty name; give VGG-16 or VGG-19 as"),
    ],
)
def test_a_name_that_was_nearly_right(name, sentence):
    with pytest.raises(UsageError) as refusal:
        load_weights(name)
    assert sentence in str(refusal.value)


def test_a_folder_and_a_device(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, kind in [
        (tmp_path, "a folder"),
        (tmp_path / "pipe", "a device or pipe"),
        (os.devnull, "a device or pipe"),
    ]:
        with pytest.raises(UsageError) as refusal:
            load_weights(path)
        assert str(refusal.value).startswith(f"{path} is {kind}; expected a weights file; give")


def test_a_file_larger_than_any_vgg(small, tmp_path):
    path = write_keras(tmp_path / "vgg.h5", small)
    with path.open("r+b") as file:  # takes no room on the disk
        file.truncate(4 << 30)
        assert recognize(path) == "keras-h5"
        file.truncate(5 << 30)
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    assert str(refusal.value).startswith(f"{path} has 5.4 GB; expected at most 4.3 GB; give VGG-16")


@pytest.fixture
def as_nobody():
    """Root may read everything, so a test run by root becomes another user for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def test_a_file_that_may_not_be_read(tmp_path, request):
    path = tmp_path / "vgg.mat"
    path.write_bytes(b"x")
    path.chmod(0)
    request.getfixturevalue("as_nobody")
    with pytest.raises(UsageError, match=r"cannot be read \(Permission denied\)"):
        load_weights(path)


def test_importing_is_cheap():
    """`backpaint --help` imports this package: h5py and SciPy must wait."""
    code = "import sys, backpaint.weights; print(*sorted({'h5py', 'scipy'} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
