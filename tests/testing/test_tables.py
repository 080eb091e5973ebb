"""The tables of known mistakes: each differs from the right result, and from all others."""

from functools import partial

import numpy as np
import pytest

from backpaint.reference.average_pool import average_pool_backward
from backpaint.reference.max_pool import max_pool_backward
from backpaint.testing import average_pool, conv, edge_pad, max_pool, relu, windows
from backpaint.testing.judging.battery import battery, features
from backpaint.testing.judging.mistakes import Answer, recognize
from backpaint.testing.stylization import (
    convolutions,
    depthwise_conv,
    instance_norm,
    pointwise,
    reflection_pad,
    strided_conv,
    upsample,
)
from backpaint.testing.terms import content, gram, sliced, statistic, style, temporal, variation

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
    "temporal loss": (temporal.LOSS, temporal._loss, battery(temporal._draw)),
    "temporal gradient": (temporal.GRADIENT, temporal._gradient, battery(temporal._draw)),
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
for kind in statistic.LOSSES:
    cases = list(battery(statistic._draw))
    right = partial(statistic._loss, kind), partial(statistic._gradient, kind)
    ROWS[f"{kind} loss"] = (statistic.LOSSES[kind], right[0], cases)
    ROWS[f"{kind} gradient"] = (statistic._gradients(kind), right[1], cases)
cases = list(battery(statistic._draw))
ROWS |= {
    "cut-off loss": (statistic.EXACT_LOSS, partial(statistic._steps_loss, 2), cases),
    "cut-off gradient": (
        statistic._steps_gradients(2),
        partial(statistic._steps_gradient, 2),
        cases,
    ),
    "sliced loss": (sliced.LOSSES, sliced._loss, battery(sliced._draw)),
    "sliced gradient": (sliced.GRADIENTS, sliced._gradient, battery(sliced._draw)),
    "edge forward": (
        edge_pad.FORWARD,
        lambda v: edge_pad.edge_pad_forward(v["x"]),
        battery(edge_pad._draw),
    ),
    "edge backward": (edge_pad.BACKWARD, edge_pad._backward, battery(edge_pad._draw)),
}
for stride in (1, 2):
    for module in (strided_conv, depthwise_conv):
        kind = module.__name__.rpartition(".")[2]
        for part, table in (
            ("forward", convolutions.forward_mistakes),
            ("input", convolutions.input_mistakes),
            ("weights", convolutions.weights_mistakes),
        ):
            name = "forward" if part == "forward" else f"backward_{part}"
            ROWS[f"{kind} {part}, stride {stride}"] = (
                table(getattr(module, f"{kind}_{name}"), stride),
                partial(module._right, part, stride),
                battery(partial(module._draw, stride)),
            )
for border in (1, 2):
    cases = list(battery(partial(reflection_pad.draw, border), smallest=border + 1))
    ROWS[f"reflection forward, {border}"] = (
        reflection_pad.forward_mistakes(border),
        lambda v, border=border: reflection_pad.reflection_pad_forward(v["x"], border),
        cases,
    )
    ROWS[f"reflection backward, {border}"] = (
        reflection_pad.backward_mistakes(border),
        partial(reflection_pad.right_backward, border),
        cases,
    )
cases = list(battery(instance_norm.draw))
ROWS |= {
    "norm forward": (instance_norm.FORWARD, instance_norm.right_forward, cases),
    "norm input": (instance_norm.BACKWARD_INPUT, instance_norm.right_input, cases),
    "norm gamma": (instance_norm.BACKWARD_GAMMA, instance_norm.right_gamma, cases),
    "upsample forward": (
        upsample.forward_mistakes(2),
        lambda v: upsample.upsample_forward(v["x"], 2),
        battery(partial(upsample.draw, 2)),
    ),
    "upsample backward": (
        upsample.backward_mistakes(2),
        partial(upsample.right_backward, 2),
        battery(partial(upsample.draw, 2)),
    ),
}
for kind in ("sigmoid", "relu6"):
    cases = list(battery(getattr(pointwise, f"draw_{kind}")))
    known = (getattr(pointwise, f"{kind.upper()}_{part}") for part in ("FORWARD", "BACKWARD"))
    ROWS[f"{kind} forward"] = (next(known), lambda v: v["y"], cases)
    ROWS[f"{kind} backward"] = (next(known), getattr(pointwise, f"right_{kind}"), cases)
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
