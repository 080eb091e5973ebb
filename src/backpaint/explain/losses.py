"""The content loss and total variation explained."""

import numpy as np

from ..reference.squared_error import squared_error_backward, squared_error_forward
from ..reference.total_variation import squared_variation_backward, squared_variation_forward
from .blocks import (
    Array,
    Explanation,
    Grid,
    Grids,
    Lines,
    Paragraph,
    Section,
    Term,
    number,
    three_ways,
    written_out,
)
from .difference import Index, at, central, require_entry

F = np.array([[1.0, 4.0, 0.0], [2.0, -1.0, 3.0]])
P = np.array([[0.0, 2.0, 0.0], [3.0, 1.0, 3.0]])
X = np.array([[1.0, 3.0, 2.0, 2.0], [4.0, 0.0, 1.0, 5.0], [2.0, 2.0, 6.0, 3.0]])


def explain_content_loss(entry: Index | None = None) -> Explanation:
    """Explain the paper's content loss on one channel: equations 1 and 2.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of F whose gradient is written out.
    """
    entry = require_entry(entry, F.shape, (0, 1))
    difference = F - P
    half = [Term(("2", f"(F - P){list(entry)}"), (2.0, float(difference[entry])))]
    return Explanation(
        "Content loss: sum((F - P)^2) / 2",
        [
            Section("Forward", [
                Paragraph("F are the features of the picture being painted, P those of the "
                          "photograph."),
                Grids([Grid("F", F, [entry]), Grid("P", P, [entry]),
                       Grid("F - P", difference, [entry])]),
                Lines([f"loss = {' + '.join(number(d * d) for d in difference.ravel())} "
                       f"= {number(float(np.sum(difference**2)))}; half of it "
                       f"= {number(squared_error_forward(F, P, 2))}"]),
            ]),
            Section("Backward", [
                Paragraph("A square has the slope 2 (F - P); the half cancels the 2. With a mean "
                          "instead (PyTorch's mse_loss) the gradient is 2 (F - P) / number of "
                          "elements: a weight of half that number then gives the same."),
                Grids([Grid("dF", squared_error_backward(1.0, F, P, 2), [entry])]),
                written_out(at("dF", entry), half, divisor=2),
                three_ways(
                    at("dF", entry), half[0].value / 2,
                    float(squared_error_backward(1.0, F, P, 2)[entry]),
                    central(lambda f: squared_error_forward(f, P, 2), F, entry),
                ),
            ]),
        ],
    )  # fmt: skip


def explain_variation(entry: Index | None = None) -> Explanation:
    """Explain total variation with squares on one channel.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is written out; absent: one at the border.
    """
    entry = require_entry(entry, X.shape, (0, 1))
    grad = squared_variation_backward(1.0, _map(X))[:, :, 0]
    terms = _pairs(entry)
    dx, dy = np.diff(X, axis=1), np.diff(X, axis=0)
    total = f"{number(float(np.sum(dx**2)))} + {number(float(np.sum(dy**2)))}"
    return Explanation(
        "Total variation: sum dx^2 + sum dy^2",
        [
            Section("Forward", [
                Paragraph("Differences between neighbors: to the right (dx) and below (dy). The "
                          "last column has no right neighbor, the last row none below: 3 x 3 and "
                          "2 x 4 differences of 3 x 4 pixels."),
                Grids([Grid("x", X, [entry]), Grid("dx", dx), Grid("dy", dy)]),
                Lines([f"loss = {total} = {number(_variation(X))}"]),
            ]),
            Section("Backward", [
                Paragraph("Each difference has two ends. Its slope 2 d goes with + to the pixel "
                          "that is subtracted from, and with - to the one that is subtracted. So "
                          f"a pixel collects from its neighbors, {len(terms)} here:"),
                Grids([Grid("gradient", grad, [entry])]),
                written_out(at("gradient", entry), terms),
                three_ways(
                    at("gradient", entry), sum(term.value for term in terms), float(grad[entry]),
                    central(_variation, X, entry),
                ),
                Paragraph("Inside, that is 2 (4 x - the four neighbors): a step against it moves "
                          "every pixel toward the mean of its neighbors."),
            ]),
        ],
    )  # fmt: skip


def _map(x: Array) -> Array:
    return x[:, :, np.newaxis]


def _variation(x: Array) -> float:
    return squared_variation_forward(_map(x))


def _pairs(entry: Index) -> list[Term]:
    """List the slopes that a pixel gets from the differences that it is part of."""
    row, column = entry
    terms = []
    for name, other in (
        ("left", (row, column - 1)),
        ("right", (row, column + 1)),
        ("above", (row - 1, column)),
        ("below", (row + 1, column)),
    ):
        if 0 <= other[0] < X.shape[0] and 0 <= other[1] < X.shape[1]:
            names = ("2", f"({at('x', entry)} - {at('x', other)})")
            terms.append(Term(names, (2.0, float(X[entry] - X[other])), name))
    return terms
