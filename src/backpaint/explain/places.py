"""Places that count more or less explained: a region of a style, edges repeated, a film's trust."""

import numpy as np

from ..reference.edge_pad import edge_pad_backward, edge_pad_forward
from ..reference.gram import gram_backward, gram_forward
from ..reference.masked_squared_error import (
    masked_squared_error_backward,
    masked_squared_error_forward,
)
from .blocks import Array, Explanation, Grid, Grids, Paragraph, Section, Term, three_ways
from .blocks import written_out as written
from .difference import Index, at, central, require_entry
from .gram import R, X

MASK = np.array([[1.0, 0.5], [0.0, 1.0]])
PICTURE = np.array([[1.0, 3.0, 2.0], [4.0, 0.0, 5.0]])
INCOMING = np.arange(20.0).reshape(4, 5) % 7 - 3
BEFORE = np.array([[2.0, 3.0, 0.0], [1.0, 1.0, 4.0]])
TRUST = np.array([[1.0, 0.0, 1.0], [0.5, 1.0, 1.0]])


def explain_region(entry: Index | None = None) -> Explanation:
    """Explain the Gram matrix of a region of 2 x 2 pixels with 3 channels.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    f, n, c = X.reshape(4, 3), entry[0] * 2 + entry[1], entry[2]
    weight, symmetric = float(MASK[entry[:2]]), R + R.T
    terms = [
        Term((f"w[{n}]", at("F", (n, j)), f"(R + R.T)[{j}, {c}]"),
             (weight, float(f[n, j]), float(symmetric[j, c])))
        for j in range(3)
    ]  # fmt: skip

    def loss(x: Array) -> float:
        return float(np.sum(gram_forward(x, 1.0, MASK) * R))

    return Explanation(
        "A region: G = sum of w[n] F[n].T F[n], w the mask",
        [
            Section("Forward", [
                Paragraph("A mask says how much each pixel counts: 1 is in the region, 0 outside, "
                          "and half counts half. Its number enters once, beside two features."),
                Grids([Grid("w", MASK, [entry[:2]]), Grid("F", f, [(n, c)]),
                       Grid("G", gram_forward(X, 1.0, MASK))]),
            ]),
            Section("Backward", [
                Paragraph("R is the incoming gradient. dF = F (R + R.T), as without a mask, and "
                          "each pixel's row times its w: where the mask is 0 the style does not "
                          "pull at all."),
                written(at("dF", (n, c)), terms),
                three_ways(at("dx", entry), sum(t.value for t in terms),
                           float(gram_backward(R, X, 1.0, MASK)[entry]), central(loss, X, entry)),
                Paragraph("Who multiplies the features by the mask has w * w: where two masks of "
                          "1/2 meet, each counts 1/4, and half of the style is lost."),
            ]),
        ],
    )  # fmt: skip


def explain_edge_pad(entry: Index | None = None) -> Explanation:
    """Explain edge padding of 2 x 3 pixels.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is written out; absent: a corner.
    """
    entry = require_entry(entry, PICTURE.shape, (0, 0))
    rows, columns = ([0, *range(length), length - 1] for length in PICTURE.shape)
    copies = [(i, j) for i, row in enumerate(rows) for j, column in enumerate(columns)
              if (row, column) == entry]  # fmt: skip
    terms = [Term((at("dy", place),), (float(INCOMING[place]),)) for place in copies]

    def loss(x: Array) -> float:
        return float(np.sum(edge_pad_forward(_map(x))[:, :, 0] * INCOMING))

    return Explanation(
        "Edge padding: a border that repeats the outermost pixels",
        [
            Section("Forward", [
                Paragraph("A border of zeros is an edge that a network sees and a painting shows. "
                          "Repeated pixels are none."),
                Grids([Grid("x", PICTURE, [entry]),
                       Grid("y", edge_pad_forward(_map(PICTURE))[:, :, 0], copies)]),
            ]),
            Section("Backward", [
                Paragraph("dy comes from behind. Along every copy it flows back to the pixel that "
                          "was copied, and adds up there: one copy inside, two at an edge, four "
                          "in a corner."),
                Grids([Grid("dy", INCOMING, copies)]),
                written(at("dx", entry), terms),
                three_ways(at("dx", entry), sum(t.value for t in terms),
                           float(edge_pad_backward(_map(INCOMING))[(*entry, 0)]),
                           central(loss, PICTURE, entry)),
            ]),
        ],
    )  # fmt: skip


def explain_temporal_loss(entry: Index | None = None) -> Explanation:
    """Explain what holds a frame at the one before it.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is written out.
    """
    entry = require_entry(entry, PICTURE.shape, (1, 0))
    form = _map(PICTURE), _map(BEFORE), TRUST
    names = ("2", at("m", entry), f"(x - w){list(entry)}")
    terms = [Term(names, (2.0, float(TRUST[entry]), float((PICTURE - BEFORE)[entry])))]

    def loss(x: Array) -> float:
        return masked_squared_error_forward(_map(x), *form[1:])

    return Explanation(
        "Temporal loss: mean(m (x - w)^2), w the frame before, warped",
        [
            Section("Forward", [
                Paragraph("w is the painted frame before, moved as the film moves. The mask m says "
                          "where that can be trusted: 0 where something was hidden before."),
                Grids([Grid("x", PICTURE, [entry]), Grid("w", BEFORE, [entry]),
                       Grid("m", TRUST, [entry])]),
            ]),
            Section("Backward", [
                Paragraph("The slope of the square, times the mask, over all 6 numbers, those that "
                          "are not trusted too: so few trusted pixels do not pull harder."),
                written(at("dx", entry), terms, divisor=PICTURE.size),
                three_ways(at("dx", entry), terms[0].value / PICTURE.size,
                           float(masked_squared_error_backward(1.0, *form)[(*entry, 0)]),
                           central(loss, PICTURE, entry)),
            ]),
        ],
    )  # fmt: skip


def _map(x: Array) -> Array:
    return x[:, :, np.newaxis]
