"""Loading a network by its name or from its file: the one function that everybody calls."""

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..vgg_weights import VGGWeights
from ..words import printable
from .assembly.assemble import known_depth
from .assembly.stored import Contents, UnsuitableFileError
from .recognize import EMBEDDED, INSTEAD, TITLES, recognize
from .unchanged import unchanged_file

_MODULES = {
    "matconvnet-v5": "matconvnet.v5",
    "matconvnet-v7.3": "matconvnet.v73",
    "keras-h5": "keras.h5",
    "keras-archive": "keras.archive",
    "npz": "npz",
    "npy": "npy",
    "torch": "pytorch.file",
    "caffe": "protobuf.caffe",
    "onnx": "protobuf.onnx",
    "safetensors": "safetensors",
}
_OPENED_BY_PATH = ("matconvnet-v5", "matconvnet-v7.3", "keras-h5", "keras-archive")
"""Formats whose readers leave opening the file to HDF5, or to a child process."""

_LOG = logging.getLogger("backpaint")
"""Python writes its warnings to stderr, unless a program sets up something else."""

_LONGEST_REASON = 400
_LONGEST_NAME = 200


def load_weights(name_or_path: str | os.PathLike[str], *, trust: bool = False) -> VGGWeights:
    """Load an embedded network by its name, or any other from its file.

    Parameters
    ----------
    name_or_path : str or path-like
        ``"vgg16"`` or ``"vgg19"`` (write ``./vgg16`` for a file of that name), or the path of a
        file of any format in `recognize.TITLES`.  Its extension does not matter.
    trust : bool
        Whether to load a file whose first layers contradict its format: Oxford's numbers with
        channels exchanged, or filters transposed, turned, mirrored or in another order.

    Returns
    -------
    VGGWeights
        Contiguous float32 filters, (3, 3, in, out).  What a file holds beside the network is left
        out, which is logged as a warning of the logger ``backpaint``.

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
        from .assembly import (
            embedded,  # late, as all readers: h5py and SciPy would slow `--help` down
        )

        return embedded.load(str(name_or_path))
    if not os.fspath(name_or_path):
        raise UsageError(f"weights have an empty name; {INSTEAD}")
    path = Path(name_or_path)
    kind = recognize(path)
    subject = f"{path} is {TITLES[kind]}"
    with unchanged_file(path) as file:
        try:
            contents = _reader(kind)(path if kind in _OPENED_BY_PATH else file)
        except UnsuitableFileError as error:
            reason = printable(str(error), _LONGEST_REASON)
            raise UsageError(f"{subject}, but {reason}; {INSTEAD}") from error
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if not trust:
        _check_arrangement(contents, subject)
    weights = replace(_named(contents, kind, sha256), trusted=trust)
    if weights.left_out:
        _LOG.warning("note: %s: left out %s", printable(path), "; ".join(weights.left_out))
    return weights


def absolute_name(name: str) -> str:
    """Return a network's name, or its file's whole path, for processes in other folders.

    Examples
    --------
    >>> absolute_name("vgg19"), Path(absolute_name("own.npz")).is_absolute()
    ('vgg19', True)
    """
    return name if name in EMBEDDED else str(Path(name).absolute())


def _reader(kind: str) -> Callable[[Any], Contents]:
    """Import the reader of one format; a new one: `docs/develop/add_a_weights_format.md`."""
    read: Callable[[Any], Contents] = import_module(f".formats.{_MODULES[kind]}", __package__).read
    return read


def _check_arrangement(contents: Contents, subject: str) -> None:
    """Refuse weights that load and paint but are not the published network."""
    from .identity.contradiction import contradiction

    wrong = contradiction(contents.filters, contents.biases, contents.normalization)
    if wrong is not None:
        raise UsageError(
            f"{subject}, but {wrong}; expected Oxford's network as it was trained; look at it with "
            "`backpaint weights info`, or, if somebody trained it anew behind its first layers, "
            "use it by --trust-weights (in Python, load_weights(path, trust=True))"
        )


def _named(contents: Contents, kind: str, sha256: str) -> VGGWeights:
    """Complete what a reader found by what does not depend on the format."""
    depth = known_depth(contents.filters)
    if depth is None:  # only first layers, which VGG-16 and VGG-19 both have
        from .identity.resemblance import resemblance

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
        classes=tuple(printable(name, _LONGEST_NAME) for name in contents.classes),
        precision=printable(contents.precision, _LONGEST_NAME),
        left_out=tuple(printable(words, _LONGEST_REASON) for words in contents.left_out),
    )
