"""Test vectors: whole, deterministic, the same in both formats, and right by another judge."""

import zipfile

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from backpaint.check.operations.operation import LOOPS
from backpaint.check.operations.operations import OPERATIONS
from backpaint.check.operations.tolerances import OPERATION, WHOLE_GRADIENT, relative_error
from backpaint.cli import cli
from backpaint.errors import UsageError
from backpaint.vectors import make_vectors, read_vectors, write_vectors
from backpaint.vectors.contents import Vectors, content_hash
from backpaint.vectors.network import small_table

NETWORK = "small VGG-16, max pooling, edge floor"


@pytest.fixture(scope="module")
def vectors():
    return make_vectors()


@pytest.fixture(scope="module")
def part(vectors):
    """Every operation at one size, and the networks: thousands of data sets take HDF5 seconds."""
    arrays = {
        path: array
        for path, array in vectors.arrays.items()
        if "5x4x3" in path or path.startswith("small VGG")
    }
    assert {path.split("/")[0] for path in arrays} >= set(vectors.about["operations"])
    return Vectors(arrays, {**vectors.about, "sha256": content_hash(arrays)})


def test_inputs_are_known(vectors):
    """The same on every machine; a change of format, sizes or operations changes this number."""
    assert vectors.about["sha256_inputs"].startswith("5fd3b4f0db067912")


def test_everything_is_there(vectors):
    for operation in OPERATIONS:
        for result in ("y", *(f"grad_{name}" for name in operation.gradients)):
            for dtype in ("float64", "float32"):
                kind = "ties" if operation.has_ties else "random"
                assert f"{operation.name}/3x3x2 {kind}/{dtype}/{result}" in vectors.arrays
    for layer in small_table():
        assert f"{NETWORK}/float64/output {layer.name}" in vectors.arrays


def test_inputs_are_exact_in_float32(vectors):
    for path, array in vectors.arrays.items():
        if "/inputs/" in path:
            assert np.array_equal(array.astype(np.float32), array), path


def test_single_precision_is_near_double(vectors):
    for path, array in vectors.arrays.items():
        if "/float32/" in path:
            tolerance = WHOLE_GRADIENT if path.startswith("small VGG") else OPERATION
            double = vectors.arrays[path.replace("/float32/", "/float64/")]
            assert relative_error(array, double) <= tolerance["float32"], path
            assert array.dtype == (np.float32 if array.ndim else np.float64), path


def test_loops_agree(vectors):
    """Read as a stranger would: from the file's names alone."""
    conv = {
        name: vectors.arrays[f"conv/5x4x3 random/inputs/{name}"] for name in ("x", "w", "b", "grad")
    }
    y = LOOPS["conv_forward"](conv["x"], conv["w"], conv["b"])
    found = LOOPS["conv_backward"](conv["grad"], conv["x"], conv["w"])
    for name, expected in zip(("y", "grad_x", "grad_w", "grad_b"), (y, *found), strict=True):
        stored = vectors.arrays[f"conv/5x4x3 random/float64/{name}"]
        assert relative_error(expected, stored) < 1e-12


def test_pytorch_gives_the_network(vectors):
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")
    functional = torch.nn.functional

    def get(name):
        return torch.tensor(vectors.arrays[f"{NETWORK}/{name}"], dtype=torch.float64)

    picture = get("inputs/picture").requires_grad_()
    x, total = picture.permute(2, 0, 1)[None], 0.0
    for layer in small_table():
        if layer.kind == "conv":
            w, b = get(f"inputs/filter {layer.name}"), get(f"inputs/bias {layer.name}")
            x = functional.conv2d(x, w.permute(3, 2, 0, 1), b, padding=1)
        else:
            x = functional.relu(x) if layer.kind == "relu" else functional.max_pool2d(x, 2)
        y = x[0].permute(1, 2, 0)
        stored = get(f"float64/output {layer.name}")
        assert relative_error(y.detach().numpy(), stored.numpy()) < 1e-12
        total = total + (y * get(f"inputs/grad {layer.name}")).sum()
    total.backward()
    assert relative_error(picture.grad.numpy(), get("float64/grad_picture").numpy()) < 1e-10


def assert_gives_back(path, vectors):
    back = read_vectors(path)
    assert back.about == vectors.about
    assert back.arrays.keys() == vectors.arrays.keys()
    assert content_hash(back.arrays) == vectors.about["sha256"]


@pytest.mark.parametrize("suffix", [".h5", ".npz"])
def test_a_file_gives_everything_back(part, tmp_path, suffix):
    write_vectors(tmp_path / f"vectors{suffix}", part)
    assert_gives_back(tmp_path / f"vectors{suffix}", part)


@pytest.mark.slow
def test_a_whole_file_gives_everything_back(vectors, tmp_path):
    """In HDF5; the command's archive is read whole below, a whole HDF5 file by a stranger."""
    write_vectors(tmp_path / "vectors.h5", vectors)
    assert_gives_back(tmp_path / "vectors.h5", vectors)


def test_conventions_are_attributes(part, tmp_path):
    write_vectors(tmp_path / "a.h5", part)
    with h5py.File(tmp_path / "a.h5") as opened:
        assert "first maximum" in opened.attrs["convention: ties"]
        assert opened["max_pool ceil/5x4x3 ties/float64/grad_x"].shape == (5, 4, 3)


def test_a_changed_number_is_noticed(tmp_path):
    arrays = {"conv/1x1x1 random/inputs/x": np.ones(3)}
    about = {"format": 1, "conventions": {}, "operations": {}, "sha256": content_hash(arrays)}
    write_vectors(tmp_path / "a.h5", Vectors(arrays, about))
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["conv/1x1x1 random/inputs/x"][0] = 2
    with pytest.raises(UsageError, match="was changed"):
        read_vectors(tmp_path / "a.h5")


def circle(file):
    file["conv/again"] = file["conv"]


def elsewhere(file):
    del file["conv/x"]
    file["conv/x"] = h5py.ExternalLink("other.h5", "x")


def large(file):
    del file["conv/x"]
    file.create_dataset("conv/x", (1 << 30,), "f4", chunks=True)


def nameless(file):
    del file.attrs["sha256"]


def nested(file):
    file.attrs["operations"] = '{"a":' * 9_000


def many(file):
    for i in range(101):
        file.attrs[f"a{i}"] = i


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (circle, r"holds a path of 100\d letters"),
        (elsewhere, "`x` is a link to elsewhere"),
        (large, r"holds \d objects of 4294967296 bytes or more"),
        (nameless, "'sha256'"),
        (nested, "recursion"),
        (many, "has 10[0-9] attributes"),
    ],
)
def test_a_file_of_somebody_else_is_refused(change, says, tmp_path):
    arrays = {"conv/x": np.ones(3)}
    about = {"format": 1, "conventions": {}, "operations": {}, "sha256": content_hash(arrays)}
    for name in ("intact.h5", "a.h5"):
        write_vectors(tmp_path / name, Vectors(arrays, about))
    assert read_vectors(tmp_path / "intact.h5").arrays.keys() == arrays.keys()
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        change(file)
    with pytest.raises(UsageError, match=f"a.h5 holds no test vectors .*{says}"):
        read_vectors(tmp_path / "a.h5")


def test_wrong_use_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="should end in"):
        CliRunner().invoke(cli, ["vectors", "-o", "a.txt"], catch_exceptions=False)
    with pytest.raises(UsageError, match="holds no test vectors"):
        read_vectors(tmp_path / "missing.npz")
    with pytest.raises(UsageError, match=r"expected a folder .* found none"):
        write_vectors(tmp_path / "none" / "a.npz", Vectors({}, {"conventions": {}}))
    (tmp_path / "a.h5").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="holds no test vectors"):
        read_vectors(tmp_path / "a.h5")


def test_an_archive_is_bounded_before_it_is_read(tmp_path):
    """By its headers: numbers that unpack to gigabytes, and a header that is one itself."""
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,), }\n"
    for name, length, header in (("numbers", len(text), text), ("header", 1 << 30, bytes(1 << 20))):
        path = tmp_path / f"{name}.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            start = b"\x93NUMPY\x02\x00" + length.to_bytes(4, "little")
            archive.writestr("about.npy", start + header)
        with pytest.raises(UsageError, match="expected at most"):
            read_vectors(path)
    path.write_bytes(b"PK\x03\x04" + path.read_bytes()[4:-30])
    with pytest.raises(UsageError, match="damaged or cut short"):
        read_vectors(path)


def test_command_writes_the_same_every_time_and_tells_the_hash(vectors, tmp_path):
    path = tmp_path / "vectors.npz"
    done = CliRunner().invoke(cli, ["vectors", "-o", str(path)], catch_exceptions=False)
    assert_gives_back(path, vectors)
    assert vectors.about["sha256"] in done.output


@pytest.mark.parametrize("name", ["vectors.h5", "vectors.npz"])
def test_a_file_is_replaced_whole_or_stays(tmp_path, name):
    """What cannot be written leaves nothing behind, and the old file as it was."""
    path = tmp_path / name
    path.write_bytes(b"before")
    unwritable = Vectors({"a/b": np.array([object()])}, {"conventions": {}})
    with pytest.raises((TypeError, ValueError)):
        write_vectors(path, unwritable)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == [name]
