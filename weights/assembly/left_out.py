"""Words for what a file holds beside the network that is taken."""

from collections.abc import Mapping

from .assemble import StoredArray
from .candidates import Candidate
from .head import is_in_head
from .layer_names import parse
from .other_networks import shortened


def left_out(others: Mapping[str, StoredArray], network: Candidate) -> tuple[str, ...]:
    """Say what is left out, in a sentence's parts.

    Parameters
    ----------
    others : mapping of str to StoredArray
        What is neither a convolution nor of VGG's head.
    network : Candidate
        The convolutions.

    Returns
    -------
    tuple of str
        ``"its head (`fc8.weight` is (365, 4096), ...)"``, ``"2 other arrays (decoder)"``; empty
        where everything was taken.
    """
    of_head = [key for key in others if key in network.keys or is_in_head(key, network.root)]
    beside = [key for key in others if key not in of_head]
    words = []
    if of_head:
        words.append(_head({key: others[key] for key in of_head}))
    if beside:
        modules = list(dict.fromkeys(_first_module(key) for key in beside))
        plural = "s" if len(beside) > 1 else ""
        words.append(f"{len(beside)} other array{plural} ({shortened(modules)})")
    return tuple(words)


def _head(arrays: Mapping[str, StoredArray]) -> str:
    """Describe a head by its last filters: they tell how many classes it has."""
    filters = [key for key in arrays if (name := parse(key)) and name.part == "filters"]
    last = (filters or list(arrays))[-1]
    return (
        f"its classifier head (`{last}` has the shape {arrays[last].shape}; VGG's has three layers "
        "with 4096, 4096 and 1000 outputs)"
    )


def _first_module(key: str) -> str:
    return key.split(".")[0].split("/")[0]
