"""The embedded networks, packed from their sources.

    python bench/pack_weights.py vgg16.npz vgg19.npz --photograph src/backpaint/examples/cat.jpg

Needed when a network is added; kept so that anyone with the sources can repeat it.  The same
sources give the same weights and ``sha256`` attribute everywhere; the same bytes only with the same
libraries and processor, which decide the last digits of the measured errors.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from quantize_weights import quantize, relative_error

from backpaint.reference.conv import conv_forward
from backpaint.vgg_weights import OXFORD, Float32
from backpaint.weights.assembly.assemble import known_depth
from backpaint.weights.assembly.embedded import ATTRIBUTION, PackedLayer, content_sha256

PHOTOGRAPH_SIZE = 256

Network = Mapping[str, tuple[Float32, Float32]]
"""Filters (3, 3, in, out) and biases of each convolution, in the order in which they run."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the sources, write ``vgg16.h5`` and ``vgg19.h5``, print the errors as a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path, help="VGG-16 and VGG-19, as .npz")
    parser.add_argument(
        "--exact", type=Path, help="first layers in full precision of a VGG-19 that is a palette"
    )
    parser.add_argument("--photograph", type=Path, required=True, help="to measure activations on")
    parser.add_argument("--output", type=Path, default=Path("weights/embedded"), help="folder")
    options = parser.parse_args(arguments)
    image = _photograph(options.photograph)
    for source in options.sources:
        packed = _packed(source)
        depth = known_depth(packed)
        exact = _exact(source) or (_exact(options.exact) if options.exact else {})
        errors = _errors(packed, exact, image)
        path = options.output / f"vgg{depth}.h5"
        _write(path, packed, errors)
        print(f"\n{path.name}: {path.stat().st_size / 1e6:.2f} MB")
        print("| layer | filters | activations after its ReLU |\n|---|---|---|")
        for name, (of_weights, of_activations) in errors.items():
            print(f"| {name} | {of_weights:.2%} | {of_activations:.2%} |")


def activations(network: Network, image: Float32) -> dict[str, Float32]:
    """Run convolutions with ReLU and 2x2 max pooling.

    Parameters
    ----------
    network : mapping of str to (filters, biases)
        Of an Oxford VGG, or of its first layers.
    image : (H, W, 3) ndarray of float32
        RGB, 0..255; H and W divisible by 16.

    Returns
    -------
    dict of str to ndarray of float32
        Every layer after its ReLU, by the name of its convolution.
    """
    x = (image - np.array(OXFORD.mean, dtype=np.float32))[:, :, ::-1]  # B, G, R
    taps: dict[str, Float32] = {}
    for name, (filters, biases) in network.items():
        if name.endswith("_1") and name != "conv1_1":  # a new block begins
            height, width, channels = x.shape
            x = x.reshape(height // 2, 2, width // 2, 2, channels).max(axis=(1, 3))
        x = taps[name] = np.maximum(conv_forward(x, filters, biases), 0)
    return taps


def _packed(source: Path) -> dict[str, PackedLayer]:
    """Quantize the filters, or keep the palette that the source has; biases stay as they are."""
    packed: dict[str, PackedLayer] = {}
    with np.load(source, allow_pickle=False) as arrays:
        for name in _layer_names(arrays.files):
            if f"{name}/w" in arrays:
                index, table = quantize(_in_house_order(arrays[f"{name}/w"]))
            else:
                index = _in_house_order(arrays[f"{name}/w_index"])
                table = arrays[f"{name}/w_table"]
            packed[name] = (index, table, arrays[f"{name}/b"])
    return packed


def _exact(source: Path) -> Network:
    """Read the layers that a source has in full precision."""
    with np.load(source, allow_pickle=False) as arrays:
        return {
            name: (_in_house_order(arrays[f"{name}/w"]), arrays[f"{name}/b"])
            for name in _layer_names(arrays.files)
            if f"{name}/w" in arrays
        }


def _layer_names(entries: Sequence[str]) -> list[str]:
    return [entry.removesuffix("/b") for entry in entries if entry.endswith("/b")]


def _in_house_order(filters: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(filters.transpose(2, 3, 1, 0))  # (out, in, 3, 3) to (3, 3, in, out)


def _errors(
    packed: Mapping[str, PackedLayer], exact: Network, image: Float32
) -> dict[str, tuple[float, float]]:
    """Measure filters and activations of the layers that are known in full precision."""
    rounded = {name: (packed[name][1][packed[name][0]], packed[name][2]) for name in exact}
    was, became = activations(exact, image), activations(rounded, image)
    return {
        name: (
            relative_error(rounded[name][0], exact[name][0]),
            relative_error(became[name], was[name]),
        )
        for name in exact
    }


def _write(
    path: Path,
    packed: Mapping[str, PackedLayer],
    errors: Mapping[str, tuple[float, float]],
) -> None:
    """Lay the file out as `embedded` reads it.

    The indices are close to random bytes of 7.3 bits each: deflate saves what Huffman coding can,
    one chunk a layer keeps its overhead small, and higher levels gain nothing.
    """
    with h5py.File(path, "w") as file:
        file.attrs["network"] = "VGG without head; input B, G, R, 0..255 minus the mean"
        file.attrs["attribution"] = ATTRIBUTION
        file.attrs["sha256"] = content_sha256(packed)
        for name, (index, table, bias) in packed.items():
            group = file.create_group(name)
            group.create_dataset(
                "index", data=index, chunks=index.shape, compression="gzip", compression_opts=4
            )
            group["table"] = table
            group["bias"] = bias
            if name in errors:
                group.attrs["weight_error"], group.attrs["activation_error"] = errors[name]


def _photograph(path: Path) -> Float32:
    """Read the middle of a photograph, scaled to 256 x 256."""
    with Image.open(path) as picture:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.convert("RGB").resize(
            (PHOTOGRAPH_SIZE, PHOTOGRAPH_SIZE),
            Image.Resampling.BICUBIC,
            box=(left, top, left + side, top + side),
        )
    return np.asarray(square, dtype=np.float32)


if __name__ == "__main__":
    main()
