"""Measure every mistake that backpaint.testing knows by name on real features: all_mistakes.md.

    python docs/mistakes_table.py

A small piece of the cat goes through the first layers of VGG-19 and meets the style loss of the
swirls; then each mistake is made once, and its result compared with the right one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from backpaint.examples import example_path
from backpaint.images import read_image
from backpaint.reference.average_pool import average_pool_backward
from backpaint.reference.conv import conv_forward
from backpaint.reference.edge_pad import edge_pad_forward
from backpaint.reference.gram import gram_forward
from backpaint.reference.max_pool import max_pool_backward, max_pool_forward
from backpaint.reference.relu import relu_forward
from backpaint.testing import average_pool, conv, edge_pad, max_pool, relu
from backpaint.testing.judging.mistakes import Mistake, Values
from backpaint.testing.terms import (
    content,
    gram,
    region,
    sliced,
    statistic,
    style,
    temporal,
    variation,
)
from backpaint.testing.terms import penalties as penalty
from backpaint.testing.windows import pooled
from backpaint.weights import VGGWeights, load_weights

PAGE = Path(__file__).parent / "all_mistakes.md"
CHANNELS = 24  # of the 64: enough to be real, few enough to be quick
MEAN = np.array([103.939, 116.779, 123.68])
PAPER = ("4 C^2 M^2", "1")
STEPS, POOL, POWER = 12, 4, 6.0
Right = Callable[[Values], Any]
Table = tuple[str, Sequence[Mistake], Right]

INTRO = """\
# Every mistake that is known by name

Written by `python docs/mistakes_table.py`. Each mistake was made once on real features (a piece of
the cat behind the first layers of VGG-19, with the gradient of a style loss) and compared with the
right result. [Bugs that still paint pretty pictures](mistakes.md) tells what to make of it.

For gradients the number is the **cosine** between the wrong one and the right one: 1 points the
same way and only the length is wrong, 0 is sideways, below 0 is uphill. Whatever is well above 0
goes downhill in this layer. For forward passes it is the size of the **difference** in units of the
right result: that is another function, whose own gradient may be perfectly right, so that no
gradient check notices.

The mistakes with the operations of [one pass](fast.md) (strides, mirrored borders, the two means of
an instance norm) are in `backpaint.testing.stylization`, and were not measured here.

Besides these, all checks know factors ("1 / (C M)", "-1"), exchanged axes and channels, shifts by
one pixel, float32, writing into arguments, adding to the last result, wrong shapes, NaN, and
exceptions.
"""


def features(weights: VGGWeights, name: str) -> list[np.ndarray]:
    """Run a piece of a picture of odd size through conv1_1 and its ReLU; give both."""
    picture = read_image(example_path(name)).pixels[100:123, 120:147, ::-1] - MEAN
    w, b = weights.filters["conv1_1"], weights.biases["conv1_1"]
    y = conv_forward(picture, w[..., :CHANNELS].astype(float), b[:CHANNELS].astype(float))
    return [y, relu_forward(y)]


def case() -> Values:
    """Make the values that all mistakes are given."""
    weights = load_weights("vgg19")
    w = weights.filters["conv1_2"][:, :, :CHANNELS, :CHANNELS].astype(float)
    b = weights.biases["conv1_2"][:CHANNELS].astype(float)
    before, x = features(weights, "cat")
    other, target = features(weights, "swirls")
    goal = gram_forward(relu_forward(conv_forward(target, w, b)))
    y = conv_forward(x, w, b)
    behind = style._style_gradient(*PAPER, {"x": relu_forward(y), "gram": goal})
    return {"x": x, "w": w, "b": b, "before": before, "grad_y": behind * (y > 0),
            "target": target, "other": other, "gram": gram_forward(target)}  # fmt: skip


def tables(v: Values) -> Iterator[tuple[Table, Values]]:
    """List the known mistakes of each function, what is right, and the values for them."""
    yield ("Convolution, forward", conv.FORWARD, conv._forward), v
    yield ("Convolution, gradient of the input", conv.BACKWARD_INPUT, conv._input), v
    yield ("Convolution, gradient of the filters", conv.BACKWARD_WEIGHTS, conv._weights), v
    at_relu = v | {"x": v["before"], "y": v["x"], "grad_y": _style_at(v["x"], v)}
    yield ("ReLU, forward", relu.FORWARD, lambda v: v["y"]), at_relu
    yield ("ReLU, gradient", relu.BACKWARD, relu._backward), at_relu
    for edge in ("floor", "ceil"):
        small = max_pool_forward(v["x"], edge)
        at_pool = v | {"grad_y": _style_at(small, v)}
        for kind, function, known, back in (
            ("Max", np.max, (max_pool._max_forward, max_pool._max_backward), max_pool_backward),
            ("Average", np.mean, (average_pool._average_forward, average_pool._average_backward),
             average_pool_backward),
        ):  # fmt: skip
            title = f"{kind} pooling (edge {edge})"
            forward, backward = (mistakes(edge) for mistakes in known)
            right = partial(pooled, edge=edge, function=function)
            yield (f"{title}, forward", forward, right), at_pool
            yield (f"{title}, gradient", backward, partial(_pool_backward, back, edge)), at_pool
    difference = gram_forward(v["x"]) - v["gram"]
    at_gram = v | {"grad_gram": 2 * difference}
    yield ("Gram matrix, forward", gram._forward_mistakes("1"), partial(gram._forward, "1")), v
    backward = gram._backward_mistakes("1"), partial(gram._backward, "1")
    yield ("Gram matrix, gradient, as a style loss asks for it", *backward), at_gram
    triangle = v | {"grad_gram": np.triu(difference)}
    yield ("Gram matrix, gradient, where the incoming one is not symmetric", *backward), triangle
    yield ("Content loss, gradient", content._content_gradients("2"),
           partial(content._content_gradient, "2")), v  # fmt: skip
    soft = v | {"mask": np.random.default_rng(0).random(v["x"].shape[:2])}
    yield ("Temporal loss, gradient", temporal.GRADIENT, temporal._gradient), soft
    yield ("Style loss, gradient", style._style_gradients(*PAPER),
           partial(style._style_gradient, *PAPER)), v  # fmt: skip
    yield from statistics(v)
    rows, columns, _ = v["x"].shape
    slope = np.linspace(0, 1, columns) * np.ones((rows, 1))
    at_region = v | {"weights": slope, "gram": v["gram"] / (rows * columns)}
    yield ("Style loss in a region, gradient", region._gradients(), region._gradient), at_region
    picture = {"x": read_image(example_path("cat")).pixels[100:123, 120:147]}
    for kind in ("squared", "absolute"):
        title = f"Total variation ({kind})"
        yield (f"{title}, loss", variation._losses(kind), variation._loss(kind)), picture
        yield (f"{title}, gradient", variation._gradients(kind), variation._gradient(kind)), picture
    yield from penalties(picture["x"])
    at_edge = v | {"grad_y": _style_at(edge_pad_forward(v["x"]), v)}
    yield ("Edge padding, forward", edge_pad.FORWARD, lambda v: edge_pad_forward(v["x"])), v
    yield ("Edge padding, gradient", edge_pad.BACKWARD, edge_pad._backward), at_edge


def statistics(v: Values) -> Iterator[tuple[Table, Values]]:
    """List the mistakes of style losses that compare distributions."""
    clouds = v | {"style": v["target"]}
    for kind in statistic.LOSSES:
        title, right = f"Style loss ({kind})", partial(statistic._loss, kind)
        gradients = statistic._gradients(kind), partial(statistic._gradient, kind)
        yield (f"{title}, loss", statistic.LOSSES[kind], right), clouds
        yield (f"{title}, gradient", *gradients), clouds
    gradients = statistic._steps_gradients(STEPS), partial(statistic._steps_gradient, STEPS)
    yield (f"Style loss (wasserstein, {STEPS} steps), gradient", *gradients), clouds
    ranked = {"x": v["before"], "style": v["other"]}  # before the ReLU no two numbers are equal
    yield ("Style loss (sliced), loss", sliced.LOSSES, sliced._loss), ranked
    yield ("Style loss (sliced), gradient", sliced.GRADIENTS, sliced._gradient), ranked


def penalties(picture: np.ndarray) -> Iterator[tuple[Table, Values]]:
    """List the mistakes of terms that hold a picture back."""
    other = read_image(example_path("swirls")).pixels[100:123, 120:147]
    edges, levels = {"x": picture, "content": other}, {"x": picture / 127.5 - 1}
    of_edges = partial(penalty._laplacian, POOL), partial(penalty._laplacian_gradient, POOL)
    of_range = partial(penalty._range, POWER), partial(penalty._range_gradient, POWER)
    title = f"Laplacian loss (pool {POOL})"
    yield (f"{title}, loss", penalty._laplacian_losses(POOL), of_edges[0]), edges
    yield (f"{title}, gradient", penalty._laplacian_gradients(POOL), of_edges[1]), edges
    title = f"Range (power {POWER:g})"
    yield (f"{title}, loss", penalty._range_losses(POWER), of_range[0]), levels
    yield (f"{title}, gradient", penalty._range_gradients(POWER), of_range[1]), levels


def _style_at(x: np.ndarray, v: Values) -> np.ndarray:
    """Give the gradient of a style loss at a map, whatever its size."""
    goal = v["gram"] * x.size / v["x"].size
    return style._style_gradient(*PAPER, {"x": x, "gram": goal})


def _pool_backward(back: Callable[..., Any], edge: str, v: Values) -> Any:
    return back(v["grad_y"], v["x"], edge)


def rows(table: Table, v: Values) -> Iterator[str]:
    """Write one function's mistakes, a line each."""
    title, mistakes, right = table
    expected = np.asarray(right(v), float)
    is_gradient = "gradient" in title
    yield from ("", f"## {title}", "", f"| mistake | {'cosine' if is_gradient else 'difference'} |")
    yield "|---|---:|"
    for mistake in mistakes:
        found = np.asarray(mistake.compute(v), float)
        yield f"| {mistake.name} | {judged(found, expected, is_gradient)} |"


def judged(found: np.ndarray, expected: np.ndarray, is_gradient: bool) -> str:
    """Compare a wrong result with the right one."""
    if found.shape != expected.shape:
        return "another shape"
    if is_gradient:
        lengths = np.linalg.norm(found) * np.linalg.norm(expected)
        return f"{float(np.sum(found * expected)) / lengths:.3f}"
    return f"{np.linalg.norm(found - expected) / np.linalg.norm(expected):.2g}"


def page() -> str:
    """Write the whole page."""
    lines = [line for table, values in tables(case()) for line in rows(table, values)]
    return "\n".join([INTRO.rstrip(), *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
