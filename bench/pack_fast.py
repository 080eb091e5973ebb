"""The embedded weights of the one-pass network, packed from the files that phones run.

    pip install onnx
    python bench/pack_fast.py arbitrary_predict.onnx arbitrary_transform.onnx

The two files come from Magenta's TFLite models (arbitrary-image-stylization-v1, the mobile one,
int8), converted by tf2onnx.  Their weights are whole numbers of 8 bits with a scale for each
channel, and are taken over as they are.  What else the files do in 8 bits, to every map between two
layers, saves time on phones and costs accuracy everywhere; that is left out.
The same files give the same ``sha256`` attribute everywhere.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from backpaint.fast.weights import FILE, SHA256, PackedLayer, content_sha256

OUTPUT = Path(__file__).resolve().parents[1] / "fast" / "embedded" / FILE


def main(arguments: Sequence[str] | None = None) -> None:
    """Read both files and write one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs=2, type=Path, help="predictor and transformer, as .onnx")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    packed = {name: layer for path in options.sources for name, layer in layers(path)}
    with h5py.File(options.output, "w", libver="latest") as file:
        file.attrs[SHA256] = content_sha256(packed)
        for name, (index, scale, bias) in packed.items():
            file[f"{name}/index"], file[f"{name}/scale"] = index, scale
            if bias.any():
                file[f"{name}/bias"] = bias
    numbers = sum(index.size for index, _, _ in packed.values())
    size = options.output.stat().st_size
    print(f"{options.output.name}: {len(packed)} layers, {numbers} weights, {size / 1e6:.2f} MB")


def layers(path: Path) -> Iterator[tuple[str, PackedLayer]]:
    """Yield the convolutions of a file, by our names."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(str(path)).graph
    stored = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    quantized = {
        node.output[0]: tuple(stored[name] for name in node.input)
        for node in graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in stored
    }
    for node in graph.node:
        if node.op_type == "Conv":
            yield name_of(node.name), _packed(quantized[node.input[1]], quantized[node.input[2]])


def name_of(node: str) -> str:
    """Translate Magenta's name of a convolution.

    >>> name_of("MobilenetV2/expanded_conv_3/depthwise/Relu6_prequant")
    'predictor/block04/depthwise'
    >>> name_of("style_params/transformer/expand/conv3/conv/StyleNorm/Conv_1/BiasAdd_prequant")
    'transformer/expand3/gamma'
    """
    whole = {"MobilenetV2/Conv/": "stem", "MobilenetV2/Conv_1/": "last", "mobilenet_conv/": "style"}
    for beginning, name in whole.items():
        if node.startswith(beginning):
            return f"predictor/{name}"
    if found := re.match(r"MobilenetV2/expanded_conv(?:_(\d+))?/(\w+)/", node):
        return f"predictor/block{int(found[1] or 0) + 1:02d}/{found[2]}"
    found = re.search(r"transformer/(contract|expand)/conv(\d)/", node)
    name = f"{found[1]}{found[2]}" if found else ""
    if found := re.search(r"transformer/residual/(residual\d)/(conv\d)/", node):
        name = f"{found[1]}/{found[2]}"
    # The graph multiplies by the result of Conv_1 and adds that of Conv.
    part = {"Conv_1": "/gamma", "Conv": "/beta"}
    norm = re.search(r"/StyleNorm/(Conv_1|Conv)/", node)
    return f"transformer/{name}{part[norm[1]] if norm else ''}"


def _packed(filters: tuple[Any, ...], biases: tuple[Any, ...]) -> PackedLayer:
    """Put a layer's axes in our order; (out, in, height, width) is theirs."""
    index, scale, zero = filters
    if index.dtype != np.int8 or zero.any() or biases[2].any():
        raise ValueError(f"weights are {index.dtype} around {zero}; expected int8 around 0")
    is_depthwise = index.shape[1] == 1 and index.shape[0] > 1
    order = index[:, 0].transpose(1, 2, 0) if is_depthwise else index.transpose(2, 3, 1, 0)
    bias = (biases[0].astype(np.float64) * biases[1]).astype(np.float32)
    return np.ascontiguousarray(order), scale.astype(np.float32), bias


if __name__ == "__main__":
    main()
