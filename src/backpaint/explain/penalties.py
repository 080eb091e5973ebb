"""Penalties on the picture alone explained: the content's edges, and black and white."""

import numpy as np

from ..reference.content_laplacian import content_laplacian_backward, content_laplacian_forward
from ..reference.value_range import value_range_backward, value_range_forward
from .blocks import Array, Explanation, Grid, Grids, Paragraph, Section, Term, three_ways
from .blocks import written_out as written
from .difference import Index, at, central, require_entry

X = np.array(
    [[1.0, 3.0, 2.0, 2.0], [4.0, 0.0, 1.0, 5.0], [2.0, 2.0, 6.0, 3.0], [0.0, 1.0, 2.0, 4.0]]
)
CONTENT = np.array([[1.0, 1.0, 2.0, 4.0], [2.0, 2.0, 0.0, 5.0], [3.0, 1.0, 4.0, 4.0],
                    [0.0, 2.0, 2.0, 3.0]])  # fmt: skip
LEVELS = np.array([[[0.0, 255.0, 127.5], [300.0, -40.0, 60.0]]])
CENTER, HALF, POWER = (127.5,) * 3, (127.5,) * 3, 6.0


def explain_laplacian(entry: Index | None = None) -> Explanation:
    """Explain the content's Laplacian on 4 x 4 gray pixels.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (1, 1))
    d = X - CONTENT
    edges = 4 * d[1:-1, 1:-1] - d[:-2, 1:-1] - d[2:, 1:-1] - d[1:-1, :-2] - d[1:-1, 2:]
    terms = _stencils(entry, edges)
    by_hand = sum(term.value for term in terms) / edges.size

    def loss(x: Array) -> float:
        return content_laplacian_forward(_map(x), _map(CONTENT), 1)

    return Explanation(
        "The content's edges: mean of squares of D (x - content)",
        [
            Section("Forward", [
                Paragraph("D is 4 times a pixel less its four neighbors: 0 on an even slope, large "
                          "at an edge. x and the content may differ by any light that changes "
                          "evenly; edges that are new or lost cost. The outermost pixels have no "
                          "four neighbors."),
                Grids([Grid("x", X, [entry]), Grid("content", CONTENT),
                       Grid("x - content", d, [entry]), Grid("D (x - content)", edges)]),
            ]),
            Section("Backward", [
                Paragraph("Each number e of D has the slope 2 e. It goes back by the same stencil: "
                          "4 to its own pixel, -1 to each neighbor. D is its own transpose, but "
                          "for the border."),
                written(at("dx", entry), terms, divisor=edges.size),
                three_ways(at("dx", entry), by_hand,
                           float(content_laplacian_backward(1.0, _map(X), _map(CONTENT), 1)
                                 [(*entry, 0)]),
                           central(loss, X, entry)),
            ]),
        ],
    )  # fmt: skip


def explain_range(entry: Index | None = None) -> Explanation:
    """Explain the penalty on values beyond black and white.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, LEVELS.shape, (0, 1, 0))
    form = CENTER, HALF, POWER
    y = (LEVELS - CENTER[0]) / HALF[0]
    terms = [Term(("6", f"y^5{list(entry)}"), (6.0, float(y[entry] ** 5)))]

    def loss(x: Array) -> float:
        return value_range_forward(x, *form)

    return Explanation(
        "Range: sum |y|^6, y from -1 (black) to 1 (white)",
        [
            Section("Forward", [
                Paragraph("Two pixels, R, G and B in a row. y = (x - 127.5) / 127.5. The sixth "
                          "power is nearly flat between black and white and steep beyond, so that "
                          "an optimizer without bounds stays near."),
                Grids([Grid("x", LEVELS[0], [entry[1:]]), Grid("y", y[0], [entry[1:]]),
                       Grid("|y|^6", np.abs(y[0]) ** 6, [entry[1:]])]),
            ]),
            Section("Backward", [
                Paragraph("6 |y|^5 with y's sign, and y has the slope 1 / 127.5. Who "
                          "differentiates by y and forgets that pulls 127.5 times too hard."),
                written(at("dx", entry), terms, divisor=HALF[0]),
                three_ways(at("dx", entry), terms[0].value / HALF[0],
                           float(value_range_backward(1.0, LEVELS, *form)[entry]),
                           central(loss, LEVELS, entry)),
            ]),
        ],
    )  # fmt: skip


def _map(x: Array) -> Array:
    return x[:, :, np.newaxis]


def _stencils(entry: Index, edges: Array) -> list[Term]:
    """List what an entry gets back from each number of D that it is part of."""
    row, column = entry
    terms = []
    for i, j in np.ndindex(edges.shape):
        away = abs(i + 1 - row) + abs(j + 1 - column)
        if away <= 1:
            name, factor = ("4", 4.0) if away == 0 else ("-1", -1.0)
            terms.append(Term((name, "2", at("e", (i, j))), (factor, 2.0, float(edges[i, j]))))
    return terms
