"""A convolution explained: where each product comes from, and why the filters turn."""

import numpy as np

from ..reference.conv import conv_backward_input, conv_backward_weights, conv_forward
from .blocks import (
    Array,
    Explanation,
    Grid,
    Grids,
    Lines,
    Paragraph,
    Section,
    Term,
    channels,
    three_ways,
    written_out,
)
from .difference import Index, at, central, require_entry

X = np.array(
    [[[1, 0], [2, -1], [0, 3], [-2, 1]], [[3, 1], [-1, 2], [1, 0], [2, -2]],
     [[0, 2], [1, -1], [-3, 1], [1, 4]]], float,
)  # fmt: skip
W = np.random.default_rng(5).integers(-2, 3, (3, 3, 2, 2)) * 1.0
B = np.array([0.5, -1.0])
GRAD_Y = np.random.default_rng(8).integers(-3, 4, (3, 4, 2)) * 0.5


def explain(entry: Index | None = None) -> Explanation:
    """Explain a 3x3 convolution of two channels to two channels.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out; absent: one at the border.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    return Explanation(
        "Convolution: 3x3, stride 1, a border of zeros",
        [_numbers(), _forward(), _backward(entry), _turned(entry), _weights()],
    )


def _numbers() -> Section:
    filters = [Grid(f"w[:, :, {c}, {k}]", W[:, :, c, k]) for k in range(2) for c in range(2)]
    return Section(
        "The numbers",
        [
            Paragraph("x has 3 x 4 pixels and 2 channels. There are 2 filters, each 3 x 3 for "
                      f"every channel of x; w[:, :, c, k] leads from channel c of x to channel k "
                      f"of y. The biases are b = {B[0]:g}, {B[1]:g}."),
            Grids(channels("x", X)),
            Grids(filters),
        ],
    )  # fmt: skip


def _forward() -> Section:
    y = conv_forward(X, W, B)
    place = (0, 1, 0)
    terms = [_forward_term(place, a, b, c) for c in range(2) for a in range(3) for b in range(3)]
    terms.append(Term((at("b", (0,)),), (float(B[0]),)))
    return Section(
        "Forward",
        [
            Grids(channels("y", y, [place])),
            Paragraph("y[i, j, k] = b[k] + sum over a, b, c of x[i + a - 1, j + b - 1, c] * "
                      "w[a, b, c, k]. The marked number, with every product; above the first row "
                      "there are no pixels, and the padding puts zeros there:"),
            written_out(at("y", place), terms),
        ],
    )  # fmt: skip


def _forward_term(place: Index, a: int, b: int, c: int) -> Term:
    row, column = place[0] + a - 1, place[1] + b - 1
    inside = 0 <= row < X.shape[0] and 0 <= column < X.shape[1]
    value = float(X[row, column, c]) if inside else 0.0
    names = (at("x", (row, column, c)), at("w", (a, b, c, place[2])))
    return Term(names, (value, float(W[a, b, c, place[2]])), "" if inside else "padding")


def _backward(entry: Index) -> Section:
    grad_x = conv_backward_input(GRAD_Y, W)
    terms = _backward_terms(entry)
    missing = 9 * 2 - len(terms)
    dropped = (
        f" Of the 9 windows that could hold it, {missing // 2} would lie outside of y: that is "
        "where the padding enters; they do not exist and give nothing back."
        if missing
        else ""
    )
    return Section(
        "Backward, to the input",
        [
            Paragraph("From behind comes dy, the gradient of the loss with respect to y (here: "
                      "small numbers drawn at random)."),
            Grids(channels("dy", GRAD_Y)),
            Paragraph(f"{at('x', entry)} = {X[entry]:g} was multiplied by a filter's number in "
                      "every window that it lies in. Along each multiplication dy flows back, "
                      "times that number." + dropped),
            written_out(at("dx", entry), terms),
            three_ways(
                at("dx", entry),
                sum(term.value for term in terms),
                float(grad_x[entry]),
                central(lambda x: float(np.sum(conv_forward(x, W, B) * GRAD_Y)), X, entry),
            ),
            Paragraph("The finite difference moves this one entry of x by 0.0001 up and down, and "
                      "looks at sum(y * dy), the loss whose gradient dy is."),
        ],
    )  # fmt: skip


def _backward_terms(entry: Index) -> list[Term]:
    row, column, c = entry
    terms = []
    for k in range(2):
        for a in range(3):
            for b in range(3):
                i, j = row + 1 - a, column + 1 - b
                if 0 <= i < X.shape[0] and 0 <= j < X.shape[1]:
                    names = (at("dy", (i, j, k)), at("w", (a, b, c, k)))
                    terms.append(Term(names, (float(GRAD_Y[i, j, k]), float(W[a, b, c, k]))))
    return terms


def _turned(entry: Index) -> Section:
    row, column, c = entry
    padded = np.pad(GRAD_Y, ((1, 1), (1, 1), (0, 0)))[row : row + 3, column : column + 3]
    grids = []
    for k in range(2):
        turned: Array = W[::-1, ::-1, c, k]
        grids += [Grid(f"dy around, channel {k}", padded[:, :, k]),
                  Grid(f"w[:, :, {c}, {k}] turned", turned)]  # fmt: skip
    sums = [float(np.sum(padded[:, :, k] * W[::-1, ::-1, c, k])) for k in range(2)]
    return Section(
        "Why the filters turn",
        [
            Paragraph("Read the offsets in the products above: where dy goes one row down, w goes "
                      "one row up. Put a' = 2 - a and b' = 2 - b, and both go the same way, as in "
                      "a forward convolution: with the filter turned by 180 degrees. And the sum "
                      "runs over the channels k of y, where the forward sum runs over the channels "
                      "c of x: so the two channel axes are exchanged. Lay the turned filters on dy "
                      "(zeros outside) and multiply number by number:"),
            Grids(grids),
            Lines([f"{at('dx', entry)} = {sums[0]:g} + {sums[1]:g} = {sum(sums):g}"]),
            Paragraph("So in code: dx = conv_forward(dy, w[::-1, ::-1].transpose(0, 1, 3, 2), 0)."),
        ],
    )  # fmt: skip


def _weights() -> Section:
    place = (0, 1, 0, 1)
    terms = []
    for i, j in np.ndindex(X.shape[:2]):
        row, column = i + place[0] - 1, j + place[1] - 1
        if 0 <= row < X.shape[0] and 0 <= column < X.shape[1]:
            names = (at("dy", (i, j, place[3])), at("x", (row, column, place[2])))
            terms.append(Term(names, (float(GRAD_Y[i, j, 1]), float(X[row, column, 0]))))
    return Section(
        "Backward, to the filters",
        [
            Paragraph(f"{at('w', place)} was used at every position; its gradient collects from "
                      "all, except where it fell on the padding:"),
            written_out(at("dw", place), terms),
            three_ways(
                at("dw", place),
                sum(term.value for term in terms),
                float(conv_backward_weights(GRAD_Y, X)[place]),
                central(lambda w: float(np.sum(conv_forward(X, w, B) * GRAD_Y)), W, place),
            ),
        ],
    )  # fmt: skip
