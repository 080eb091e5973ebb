"""What onnxruntime computes from Magenta's files, for tests to compare with.

    pip install onnx onnxruntime
    python bench/fast_recorded.py arbitrary_predict.onnx arbitrary_transform.onnx

The files round every map between two layers to 8 bits.  That is taken out, and their declared sizes
are opened (`float_graph`), so that what is left is the network in float32; onnxruntime then runs it
at several sizes.  Contents are cut from the built-in cat, styles from the swirls; they are stored
beside the outputs, since decoding a JPEG differs from library to library by a level.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backpaint.examples import example_path
from backpaint.images import read_image

OUTPUT = Path(__file__).resolve().parents[1] / "tests" / "fast" / "recorded.npz"
CUT = 96
"""Height and width of what is stored of both pictures."""
SIZES = ((32, 40), (64, 96), (128, 132), (256, 256), (200, 384))
STEP = 5
"""Every fifth row and column of the outputs is stored, and their mean."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both networks and store what they give."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs=2, type=Path, help="predictor and transformer, as .onnx")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    import onnxruntime

    predictor, transformer = (
        onnxruntime.InferenceSession(float_graph(path), providers=["CPUExecutionProvider"])
        for path in options.sources
    )
    content, style = (cut(name) for name in ("cat", "swirls"))
    (numbers,) = predictor.run(None, {"style_image": picture(style, (256, 256))[None]})
    arrays = {"content": content, "style": style, "numbers": numbers.ravel()}
    (name,) = (each.name for each in transformer.get_inputs() if each.name != "content_image")
    for height, width in SIZES:
        given = {"content_image": picture(content, (height, width))[None], name: numbers}
        (output,) = transformer.run(None, given)
        arrays[f"{height}x{width}"] = output[0, ::STEP, ::STEP]
        arrays[f"{height}x{width} mean"] = output[0].mean(axis=(0, 1), dtype=np.float64)
    np.savez_compressed(options.output, **arrays)
    print(f"{options.output.name}: {options.output.stat().st_size / 1e3:.0f} kB")


def cut(name: str) -> np.ndarray:
    """Cut a piece out of an example, (CUT, CUT, 3) uint8."""
    pixels = read_image(example_path(name)).pixels
    return np.rint(pixels[60 : 60 + CUT, 90 : 90 + CUT]).astype(np.uint8)


def picture(piece: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Mirror a piece until it is large enough, and cut; float32 in 0..1."""
    behind = [(0, max(want - have, 0)) for want, have in zip(size, piece.shape, strict=False)]
    mirrored = np.pad(piece, [*behind, (0, 0)], mode="symmetric")[: size[0], : size[1]]
    return np.ascontiguousarray(mirrored, np.float32) / np.float32(255)


def float_graph(path: Path) -> bytes:
    """Take the rounding of maps out of a file, and open its sizes."""
    import onnx
    from onnx import helper
    from onnx.numpy_helper import from_array, to_array

    graph = onnx.load(str(path)).graph
    stored = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    same: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in stored:
            stored[node.output[0]] = dequantized(*(stored[name] for name in node.input))
        elif node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            same[node.output[0]] = node.input[0]
        else:
            nodes.append(node)

    def resolved(name: str) -> str:
        return resolved(same[name]) if name in same else name

    for node in nodes:
        node.input[:] = [resolved(name) for name in node.input]
    nodes += [
        helper.make_node("Identity", [resolved(out.name)], [out.name]) for out in graph.output
    ]
    used = {name for node in nodes for name in node.input}
    constants = [
        from_array(np.ascontiguousarray(array), name)
        for name, array in stored.items()
        if name in used
    ]
    inputs = [_opened(given, helper) for given in graph.input]
    outputs = [
        helper.make_tensor_value_info(out.name, onnx.TensorProto.FLOAT, [1, None, None, None])
        for out in graph.output
    ]
    order = _sorted(nodes, {*stored, *(given.name for given in graph.input)})
    opened = helper.make_graph(order, "float", inputs, outputs, constants)
    model = helper.make_model(opened, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    serialized: bytes = model.SerializeToString()
    return serialized


def dequantized(index: np.ndarray, scale: np.ndarray, zero: np.ndarray) -> np.ndarray:
    """Turn whole numbers into floats; scales are along the first axis."""
    shape = (-1, *(1,) * (index.ndim - 1)) if scale.ndim else ()
    difference = index.astype(np.float32) - zero.astype(np.float32).reshape(shape)
    return np.asarray(difference * scale.reshape(shape), np.float32)


def _opened(given: Any, helper: Any) -> Any:
    """Leave the height and width of a picture open."""
    sizes = [each.dim_value for each in given.type.tensor_type.shape.dim]
    return helper.make_tensor_value_info(given.name, 1, [1, "h", "w", 3] if sizes[1] > 1 else sizes)


def _sorted(nodes: list[Any], known: set[str]) -> list[Any]:
    """Put nodes behind those whose results they use."""
    order: list[Any] = []
    known = known | {""}
    while nodes:
        ready = [node for node in nodes if known.issuperset(node.input)]
        order += ready
        known |= {name for node in ready for name in node.output}
        nodes = [node for node in nodes if not known.issuperset(node.output)]
    return order


if __name__ == "__main__":
    main()
