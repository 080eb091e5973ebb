"""A MatConvNet network that a child process found: the same for both generations of .mat files."""

from pathlib import Path
from typing import Any

from ....isolation.limits import Limits
from ...assembly.stored import Contents, StoredArray, StoredLayer, UnsuitableFileError
from ..isolated import parsed
from .networks import StoredNetwork, read_network


def read_isolated(parse: Any, path: Path, limits: Limits) -> Contents:
    """Read a network from a file that a child process parses.

    Parameters
    ----------
    parse, path, limits
        As for `isolated.parsed`; `parse` returns what `network_parts` describes.

    Returns
    -------
    Contents
        See `networks.read_network`.

    Raises
    ------
    UnsuitableFileError
        If the file holds something else, or is damaged.
    """
    with parsed(parse, path, limits) as (about, arrays):
        try:
            network = _network(about, arrays)
        except (KeyError, TypeError, ValueError):
            raise UnsuitableFileError("its parser answers nonsense", "a complete file") from None
        return read_network(network)


def network_parts(network: StoredNetwork) -> tuple[dict[str, Any], dict[str, StoredArray]]:
    """Separate plain values from arrays, for `isolated.described`."""
    about = {
        "layers": list(network.layers),
        "mean": network.mean,
        "classes": network.classes,
    }
    arrays: dict[str, StoredArray] = {}
    for name, layer in network.layers.items():
        arrays |= {f"{name} filters": layer.filters, f"{name} biases": layer.biases}
    return about, arrays


def _network(about: Any, arrays: dict[str, StoredArray]) -> StoredNetwork:
    layers = {
        str(name): StoredLayer(arrays[f"{name} filters"], arrays[f"{name} biases"])
        for name in about["layers"]
    }
    red, green, blue = map(float, about["mean"])
    return StoredNetwork(layers, (red, green, blue), tuple(map(str, about["classes"])))
