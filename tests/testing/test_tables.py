"""The tables of known mistakes: each differs from the right result, and from all others."""

from functools import partial

import numpy as np
import pytest

from backpaint.reference.average_pool import average_pool_backward
from backpaint.reference.max_pool import max_pool_backward
from backpaint.testing import (
    average_pool,
    content,
    conv,
    gram,
    max_pool,
    relu,
    style,
    variation,
    windows,
)
from backpaint.testing.judging.battery import battery, features
from backpaint.testing.judging.mistakes import Answer, recognize

STYLE = ("4 C^2 M^2", "M")
ROWS = {
    "conv forward": (conv.FORWARD, conv._forward, battery(conv._draw)),
    "conv input": (conv.BACKWARD_INPUT, conv._input, battery(conv._draw)),
    "conv weights": (conv.BACKWARD_WEIGHTS, conv._weights, battery(conv._draw)),
    "relu forward": (relu.FORWARD, lambda v: v["y"], battery(relu._draw)),
    "relu backward": (relu.BACKWARD, relu._backward, battery(relu._draw)),
    "gram forward": (
        gram._forward_mistakes("C M"),
        partial(gram._forward, "C M"),
        battery(gram._draw),
    ),
    "gram backward": (
        gram._backward_mistakes("C M"),
        partial(gram._backward, "C M"),
        battery(gram._draw),
    ),
    "content gradient": (
        content._content_gradients("2"),
        partial(content._content_gradient, "2"),
        battery(content._draw_pair),
    ),
    "style gradient": (
        style._style_gradients(*STYLE),
        partial(style._style_gradient, *STYLE),
        battery(partial(style._draw_style, "M")),
    ),
    "style loss": (
        style._style_losses(*STYLE),
        partial(style._style, *STYLE),
        battery(partial(style._draw_style, "M")),
    ),
    "variation loss": (
        variation._losses("squared"),
        variation._loss("squared"),
        battery(features),
    ),
    "variation gradient": (
        variation._gradients("absolute"),
        variation._gradient("absolute"),
        battery(features),
    ),
}
for edge in ("floor", "ceil"):
    cases = list(battery(partial(windows.draw, edge), smallest=2 if edge == "floor" else 1))
    for kind, pool, forward, backward, back in (
        ("max", np.max, max_pool._max_forward, max_pool._max_backward, max_pool_backward),
        ("average", np.mean, average_pool._average_forward, average_pool._average_backward,
         average_pool_backward),
    ):  # fmt: skip
        right = partial(windows.pooled, edge=edge, function=pool)
        ROWS[f"{kind} pool forward, {edge}"] = (forward(edge), right, cases)
        gradient = partial(
            lambda v, back, edge: back(v["grad_y"], v["x"], edge), back=back, edge=edge
        )
        ROWS[f"{kind} pool backward, {edge}"] = (backward(edge), gradient, cases)


def planted(mistake, right, cases):
    """Answer as the mistake would, wherever it can be made."""
    for where, values in cases:
        try:
            found = np.asarray(mistake.compute(values), float)
        except (ValueError, IndexError):
            continue
        expected = np.asarray(right(values), float)
        if found.shape == expected.shape and np.isfinite(found).all():
            yield Answer(where, values, found, expected)


@pytest.mark.parametrize("row", ROWS)
def test_every_mistake_is_wrong_and_named(row):
    mistakes, right, cases = ROWS[row]
    cases = list(cases)
    for mistake in mistakes:
        with np.errstate(all="ignore"):
            answers = list(planted(mistake, right, cases))
        assert any(answer.error > 1e-9 for answer in answers), f"{mistake.name}: that is right"
        named = recognize(answers, mistakes, {}, 1e-11)
        assert named[0] == mistake.name, named
        assert set(named) <= {mistake.name, f"or: {mistake.name}"}, named
