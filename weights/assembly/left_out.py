"""Words for what a file holds beside the network that is taken."""

import re
from collections.abc import Mapping

from .layer_names import parse
from .other_networks import shortened
from .stored import StoredArray

_MOST_NAMES = 4


def left_out(
    of_head: Mapping[str, StoredArray], beside: Mapping[str, StoredArray]
) -> tuple[str, ...]:
    """Describe what is left out.

    Parameters
    ----------
    of_head : mapping of str to StoredArray
        A head that is not VGG's.
    beside : mapping of str to StoredArray
        Everything else that is no convolution of the network.

    Returns
    -------
    tuple of str
        ``"its classifier head (...)"``, ``"2 other arrays (mean, std)"``; empty where everything
        was taken.
    """
    words = [_head(of_head)] if of_head else []
    if beside:
        names = list(beside)
        if len(names) > _MOST_NAMES:
            names = list(dict.fromkeys(re.split(r"[./]", name)[0] for name in names))
        plural = "s" if len(beside) > 1 else ""
        words.append(f"{len(beside)} other array{plural} ({shortened(names)})")
    return tuple(words)


def _head(arrays: Mapping[str, StoredArray]) -> str:
    """Describe a head by its last filters: they tell how many classes it has."""
    filters = [
        key
        for key, array in arrays.items()
        if (name := parse(key)) and name.part == "filters" and len(array.shape) > 1
    ]
    last = (filters or list(arrays))[-1]
    return (
        f"its classifier head (`{last}` has the shape {arrays[last].shape}; VGG's has three layers "
        "with 4096, 4096 and 1000 outputs)"
    )
