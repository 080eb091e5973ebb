"""A VGG-16 with a few channels, and the gradient of everything in it."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..problem.pixels import RGB, NetworkInputMap
from ..problem.recipe import NetworkOptions
from ..reference.network import Network
from ..vgg import Layer, layer_table
from ..vgg_weights import OXFORD, VGGWeights

CHANNELS = {3: 3, 64: 4, 128: 5, 256: 6, 512: 7}
"""What a VGG's numbers of channels become."""

SHAPE = (35, 33)
"""Odd at several depths, so that the edge matters; pool5 still has a pixel."""

Arrays = dict[str, NDArray[Any]]


def network_arrays(pool: Literal["max", "average"], edge: Literal["floor", "ceil"]) -> Arrays:
    """Compute all outputs of a small network, and the gradients of its picture and filters.

    Parameters
    ----------
    pool, edge : str
        As in `NetworkOptions`.

    Returns
    -------
    dict of str to ndarray
        ``inputs/picture``, ``inputs/filter conv1_1``, ``inputs/bias conv1_1``, ``inputs/grad
        relu3_1`` (what comes from behind at every layer, all at once); in each precision
        ``output conv1_1`` for every layer, ``grad_picture``, ``grad_filter conv1_1`` ...
    """
    case = f"small VGG-16, {pool} pooling, edge {edge}"
    options = NetworkOptions(pool=pool, edge=edge)
    rng = np.random.default_rng(16)
    layers = small_table()
    weights = _weights(layers, rng)
    picture = _single(rng.uniform(-128, 128, (*SHAPE, 3)))
    arrays: Arrays = {f"{case}/inputs/picture": picture}
    arrays |= {f"{case}/inputs/filter {name}": w for name, w in weights.filters.items()}
    arrays |= {f"{case}/inputs/bias {name}": b for name, b in weights.biases.items()}
    outputs = _run(layers, weights, options, np.float64).forward(picture, _names(layers))
    taps = {name: _single(rng.normal(size=outputs[name].shape)) for name in _names(layers)}
    arrays |= {f"{case}/inputs/grad {name}": grad for name, grad in taps.items()}
    for dtype in ("float64", "float32"):
        network = _run(layers, weights, options, dtype)
        results = _results(network, picture.astype(dtype), taps)
        arrays |= {f"{case}/{dtype}/{name}": value for name, value in results.items()}
    return arrays


def small_table() -> tuple[Layer, ...]:
    """List VGG-16's layers with fewer channels."""
    return tuple(
        replace(
            layer,
            channels_in=CHANNELS[layer.channels_in],
            channels_out=CHANNELS[layer.channels_out],
        )
        for layer in layer_table(16)
    )


def _results(network: Network, picture: NDArray[Any], taps: Arrays) -> Arrays:
    values = network.forward(picture, list(taps))
    grads = {name: grad.astype(network.dtype) for name, grad in taps.items()}
    grad_filters, grad_biases = network.backward_filters(values, grads)
    return {
        **{f"output {name}": values[name] for name in taps},
        "grad_picture": network.backward(values, grads),
        **{f"grad_filter {name}": grad for name, grad in grad_filters.items()},
        **{f"grad_bias {name}": grad for name, grad in grad_biases.items()},
    }


def _run(
    layers: tuple[Layer, ...], weights: VGGWeights, options: NetworkOptions, dtype: Any
) -> Network:
    as_it_is = NetworkInputMap((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), RGB)
    return Network(layers, weights, options, as_it_is, dtype)


def _weights(layers: tuple[Layer, ...], rng: np.random.Generator) -> VGGWeights:
    """Draw filters and biases that keep the size of what passes through."""
    filters, biases = {}, {}
    for layer in layers:
        if layer.kind == "conv":
            shape = (3, 3, layer.channels_in, layer.channels_out)
            deviation = np.sqrt(2 / np.prod(shape[:3]))
            filters[layer.name] = rng.normal(0, deviation, shape).astype(np.float32)
            biases[layer.name] = rng.normal(0, 0.5, layer.channels_out).astype(np.float32)
    return VGGWeights(filters, biases, 16, OXFORD, "a small VGG-16", "drawn", "0" * 64)


def _names(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.name for layer in layers]


def _single(values: NDArray[Any]) -> NDArray[np.float64]:
    """Round to what float32 holds exactly."""
    return values.astype(np.float32).astype(np.float64)
