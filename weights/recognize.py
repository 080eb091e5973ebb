"""Recognition of a file's format by its content, and the sentences for those that have none."""

import re
import stat
import zipfile
from pathlib import Path

from ..errors import UsageError, did_you_mean
from ..words import printable

TITLES = {
    "matconvnet-v5": "a MATLAB v5 file",
    "matconvnet-v7.3": "a MATLAB v7.3 file",
    "keras-h5": "an HDF5 file",
    "npz": "a NumPy .npz archive",
    "npy": "a NumPy .npy file",
    "torch": "a PyTorch file",
    "caffe": "a Caffe model",
    "onnx": "an ONNX model",
    "safetensors": "a safetensors file",
    "keras-archive": "a Keras 3 archive (.keras)",
}
_OTHER_SIGNATURES = (
    (b"\x80", "a pickle, but none of PyTorch's files"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive that must be unpacked first"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file it stands for"),
    (b"<", "a web page or XML, perhaps the error page of a download"),
)
_AS_V7 = "write it anew with `save -v7`"
_OTHER_MATLAB_FILES = (
    (re.compile(rb"# Created by Octave|# name: "), "is a file in Octave's own text format"),
    (re.compile(rb"Octave-1-[LB]"), "is a file in Octave's own binary format"),
    # Type, rows, columns, imaginary or not, length of the name, the name: no cells, no structs.
    (
        re.compile(
            rb"(?:[\0-\x34]\0\0\0.{3}\0.{3}\0[\0\1]\0{3}[\2-\x40]\0{3}"
            rb"|\0\0[\3\4].\0.{3}\0.{3}\0{3}[\0\1]\0{3}[\2-\x40])[A-Za-z]\w*\0",
            re.DOTALL,
        ),
        "is a MATLAB v4 file, which holds no cells or structs",
    ),
    (re.compile(rb"(?:[ \t\r\n]+[-+]?\d\.\d{7,}e[-+]\d\d)+"), "is a table of numbers in text"),
)
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""Behind the protocol of the first pickle: a long integer of ten bytes."""

_SAFETENSORS_HEADER = re.compile(rb".{3}\0{5}\{", re.DOTALL)
"""A length below 2^24, and the first letter of that much JSON."""

_FIRST_FIELDS = (0x08, 0x0A, 0x12, 0xA2)
"""With what ONNX' (version) and Caffe's messages begin (name, layers of either generation)."""

_HEADER_SIZE = 520
_LARGEST_FILE = 4 << 30
"""Bytes; VGG-19 in float64, with its head and as many moments as Adam keeps, has 3.4e9."""

EMBEDDED = ("vgg16", "vgg19")

INSTEAD = (
    "give VGG-16 or VGG-19 as MatConvNet .mat, Keras .h5 or .keras, PyTorch .pth, .caffemodel, "
    ".safetensors, .onnx, .npz or .npy, or one of the embedded networks vgg16 and vgg19"
)


def recognize(path: Path) -> str:
    """Name the format of a file by its first bytes.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    str
        A key of `TITLES`.

    Raises
    ------
    UsageError
        If it is none of these: says what it is instead.
    """
    start = _start(path)
    if not start:
        raise UsageError(f"{path} is empty; expected a weights file; download it again")
    # MATLAB's own header; bytes 124..127 are version 1 and "IM" or "MI".  7.3 puts it before HDF5.
    if start[512:520] == _HDF5_SIGNATURE and start.startswith(b"MATLAB 7.3"):
        return "matconvnet-v7.3"
    if start[124:128] in (b"\x00\x01IM", b"\x01\x00MI"):
        return "matconvnet-v5"
    if _HDF5_SIGNATURE in (start[:8], start[512:520]):
        return "keras-h5"
    if start.startswith(b"\x93NUMPY"):
        return "npy"
    if start.startswith(b"\x80") and _TORCH_MAGIC in start[:32]:
        return "torch"
    if start.startswith(b"PK\x03\x04"):
        return _recognize_archive(path)
    # Before the signatures below: a length may begin with any byte, "<" and 128 among them.
    if _SAFETENSORS_HEADER.match(start):
        return "safetensors"
    for signature, title in _OTHER_SIGNATURES:
        if start.startswith(signature):
            raise UsageError(f"{path} is {title}; expected network weights; {INSTEAD}")
    for pattern, title in _OTHER_MATLAB_FILES:
        if pattern.match(start):
            raise UsageError(f"{path} {title}; expected a network as MatConvNet's; {_AS_V7}")
    if start[0] in _FIRST_FIELDS and (kind := _recognize_message(path)):
        return kind
    raise UsageError(f"{path} is of no format that backpaint knows or cut short; {INSTEAD}")


def _recognize_message(path: Path) -> str | None:
    """Distinguish Caffe's networks from ONNX' by the numbers of the outermost fields."""
    from .formats.protobuf.file_bytes import WireError, whole
    from .formats.protobuf.wire import fields

    try:
        with path.open("rb") as file:
            message = whole(file)
            numbers = {number for number, value in fields(message) if not isinstance(value, int)}
    except WireError:
        return None
    if numbers & {2, 100} and 7 not in numbers:
        return "caffe"
    return "onnx" if 7 in numbers else None


def _recognize_archive(path: Path) -> str:
    from .assembly.stored import UnsuitableFileError  # late, as NumPy
    from .formats.archive import opened_archive

    try:
        with path.open("rb") as file, opened_archive(file) as archive:
            names = archive.namelist()
    except UnsuitableFileError as error:
        reason = printable(error)
        raise UsageError(f"{path} is a zip archive, but {reason}; {INSTEAD}") from error
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UsageError(
            f"{path} is a zip archive, as .npz files are, but damaged or cut short ({error}); "
            "expected a complete file; download it again"
        ) from error
    if len(set(names)) < len(names):  # programs differ in which of them they take
        raise UsageError(
            f"{path} is a zip archive that holds an entry twice; expected each once; "
            "download it again"
        )
    if any(name.endswith("data.pkl") for name in names):
        return "torch"
    if "model.weights.h5" in names:
        return "keras-archive"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise UsageError(
        f"{path} is a zip archive without NumPy arrays; expected network weights; {INSTEAD}"
    )


def _start(path: Path) -> bytes:
    """Read the first bytes of a file, which must be one: reading a pipe could wait forever."""
    start, size = None, 0
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            with path.open("rb") as file:
                start, size = file.read(_HEADER_SIZE), status.st_size
    except FileNotFoundError as error:
        raise UsageError(
            f"there is neither a file nor an embedded network {str(path)!r}"
            f"{did_you_mean(str(path), EMBEDDED)}; {INSTEAD}"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{path} cannot be read ({reason}); expected a weights file that you may read; "
            "check the name and its permissions"
        ) from error
    if start is None:
        kind = "a folder" if path.is_dir() else "a device or pipe"
        raise UsageError(f"{path} is {kind}; expected a weights file; {INSTEAD}")
    if size > _LARGEST_FILE:  # some readers need as much memory
        raise UsageError(
            f"{path} has {size / 1e9:.1f} GB; expected at most {_LARGEST_FILE / 1e9:.1f} GB; "
            f"{INSTEAD}"
        )
    return start
