"""Which reader a file needs, told by its content, and what to say if there is none."""

import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..errors import UsageError
from .assemble import Contents, UnsuitableFileError, known_depth
from .vgg_weights import VGGWeights

EMBEDDED = ("vgg16", "vgg19")
TITLES = {
    "matconvnet-v5": "a MATLAB v5 file",
    "matconvnet-v7.3": "a MATLAB v7.3 file",
    "keras-h5": "an HDF5 file",
    "npz": "a NumPy .npz archive",
    "torch": "a PyTorch file",
    "caffe": "a Caffe model",
    "onnx": "an ONNX model",
    "safetensors": "a safetensors file",
    "keras-archive": "a Keras 3 archive (.keras)",
}
_OTHER_SIGNATURES = (
    (b"\x80", "a pickle, but none of PyTorch's files"),
    (b"\x93NUMPY", "a single NumPy array (.npy)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive that must be unpacked first"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file it stands for"),
    (b"<", "a web page or XML, perhaps the error page of a download"),
)
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""Behind the protocol of the first pickle: a long integer of ten bytes."""

_SAFETENSORS_HEADER = re.compile(rb".{3}\0{5}\{", re.DOTALL)
"""A length below 2^24, and the first letter of that much JSON."""

_FIRST_FIELDS = (0x08, 0x0A, 0x12, 0xA2)
"""With what ONNX' (version) and Caffe's messages begin (name, layers of either generation)."""

_HEADER_SIZE = 520
_LONGEST_REASON = 400
_INSTEAD = (
    "give VGG-16 or VGG-19 as MatConvNet .mat, Keras .h5 or .keras, PyTorch .pth, .caffemodel, "
    ".safetensors, .onnx or .npz, or one of the embedded networks vgg16 and vgg19"
)


def load_weights(name_or_path: str | os.PathLike[str], *, trust: bool = False) -> VGGWeights:
    """Load an embedded network by its name, or any other from its file.

    Parameters
    ----------
    name_or_path : str or path-like
        ``"vgg16"`` or ``"vgg19"`` (write ``./vgg16`` for a file of that name), or the path of a
        file of any format in `TITLES`.  Its extension does not matter.
    trust : bool
        Whether to load a file whose first layer contradicts its format: Oxford's numbers with
        channels exchanged, or filters transposed, turned, mirrored or in another order.

    Returns
    -------
    VGGWeights
        Contiguous float32 filters, (3, 3, in, out).

    Raises
    ------
    UsageError
        If there is no such file or network, or the file is none of these, or is damaged, or its
        numbers contradict its format and are not trusted.

    Examples
    --------
    >>> load_weights("vgg16").filters["conv1_2"].shape
    (3, 3, 64, 64)
    """
    if name_or_path in EMBEDDED:
        from . import embedded  # late, as all readers: h5py and SciPy would slow `--help` down

        return embedded.load(str(name_or_path))
    path = Path(name_or_path)
    kind = recognize(path)
    try:
        contents = _reader(kind)(path)
        if not trust:
            _check_arrangement(contents)
    except UnsuitableFileError as error:
        raise UsageError(
            f"{path} is {TITLES[kind]}, but {_one_line(str(error))}; {_INSTEAD}"
        ) from error
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _named(contents, kind, sha256)


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
    if start.startswith(b"\x80") and _TORCH_MAGIC in start[:32]:
        return "torch"
    if start.startswith(b"PK\x03\x04"):
        return _recognize_archive(path)
    for signature, title in _OTHER_SIGNATURES:
        if start.startswith(signature):
            raise UsageError(f"{path} is {title}; expected network weights; {_INSTEAD}")
    if _SAFETENSORS_HEADER.match(start):
        return "safetensors"
    if start[0] in _FIRST_FIELDS and (kind := _recognize_message(path)):
        return kind
    raise UsageError(f"{path} is of no format that backpaint knows or cut short; {_INSTEAD}")


def _recognize_message(path: Path) -> str | None:
    """Tell Caffe's networks from ONNX' by the numbers of the outermost fields."""
    from .wire import WireError, fields, mapped

    try:
        numbers = {number for number, value in fields(mapped(path)) if not isinstance(value, int)}
    except WireError:
        return None
    if numbers & {2, 100} and 7 not in numbers:
        return "caffe"
    return "onnx" if 7 in numbers else None


def _recognize_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UsageError(
            f"{path} is a zip archive, as .npz files are, but damaged or cut short ({error}); "
            "expected a complete file; download it again"
        ) from error
    if any(name.endswith("data.pkl") for name in names):
        return "torch"
    if "model.weights.h5" in names:
        return "keras-archive"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise UsageError(
        f"{path} is a zip archive without NumPy arrays; expected network weights; {_INSTEAD}"
    )


def _start(path: Path) -> bytes:
    """Read the first bytes of a file, which must be one: reading a pipe could wait forever."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                return file.read(_HEADER_SIZE)
    except FileNotFoundError as error:
        raise UsageError(
            f"there is neither a file nor an embedded network {str(path)!r}; {_INSTEAD}"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{path} cannot be read ({reason}); expected a weights file that you may read; "
            "check the name and its permissions"
        ) from error
    kind = "a folder" if path.is_dir() else "a device or pipe"
    raise UsageError(f"{path} is {kind}; expected a weights file; {_INSTEAD}")


def _reader(kind: str) -> Callable[[Path], Contents]:
    """Import the module of one format; a new format adds a line here and one to `TITLES`."""
    match kind:
        case "matconvnet-v5":
            from . import matconvnet_v5

            return matconvnet_v5.read
        case "matconvnet-v7.3":
            from . import matconvnet_v73

            return matconvnet_v73.read
        case "keras-h5":
            from . import keras_h5

            return keras_h5.read
        case "torch":
            from . import torch_file

            return torch_file.read
        case "caffe":
            from . import caffe

            return caffe.read
        case "onnx":
            from . import onnx_file

            return onnx_file.read
        case "safetensors":
            from . import safetensors_file

            return safetensors_file.read
        case "keras-archive":
            from . import keras_archive

            return keras_archive.read
        case _:
            from . import npz

            return npz.read


def _check_arrangement(contents: Contents) -> None:
    """Refuse numbers that would paint, but not what the network's authors trained."""
    from .identify import contradiction

    wrong = contradiction(contents.filters["conv1_1"], contents.normalization)
    if wrong is not None:
        raise UnsuitableFileError(wrong, "Oxford's network as it was trained (or trust=True)")


def _one_line(text: str) -> str:
    """Keep names that a file made up from breaking the sentence, or a terminal."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= _LONGEST_REASON else printable[:_LONGEST_REASON] + "..."


def _named(contents: Contents, kind: str, sha256: str) -> VGGWeights:
    """Complete what a reader found by what does not depend on the format."""
    depth = known_depth(contents.filters)
    if depth is None:  # only first layers, which VGG-16 and VGG-19 both have
        from .identify import resemblance

        found = resemblance(contents.filters["conv1_1"])
        depth = 16 if found is None else found.depth
    return VGGWeights(
        filters=contents.filters,
        biases=contents.biases,
        depth=depth,
        normalization=contents.normalization,
        origin=f"VGG-{depth} from {TITLES[kind]}",
        format=kind,
        sha256=sha256,
        classes=contents.classes,
        precision=contents.precision,
    )
