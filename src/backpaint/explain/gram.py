"""The Gram matrix and the style loss explained: where 2, 4 and 1/4 come from."""

import numpy as np

from ..reference.gram import gram_backward, gram_forward
from ..reference.squared_error import squared_error_forward
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

X = np.array([[[1.0, 2.0, 0.0], [3.0, -1.0, 1.0]], [[0.0, 1.0, 2.0], [-2.0, 1.0, 1.0]]])
R = np.array([[1.0, 2.0, 0.0], [-1.0, 0.5, 3.0], [2.0, 1.0, -0.5]])
A = np.array([[10.0, 0.0, 2.0], [0.0, 5.0, 3.0], [2.0, 3.0, 8.0]])


def explain_gram(entry: Index | None = None) -> Explanation:
    """Explain the Gram matrix of 2 x 2 pixels with 3 channels.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    return Explanation("Gram matrix: G = F^T F", [_features(entry), _matrix(), _backward(entry)])


def explain_style_loss(entry: Index | None = None) -> Explanation:
    """Explain the paper's style loss of one layer: equations 4 to 6.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    return Explanation(
        "Style loss: sum((G - A)^2) / (4 C^2 M^2)",
        [_features(entry), _matrix(), _loss(), _style_backward(entry)],
    )


def _flat(x: Array) -> Array:
    return x.reshape(-1, x.shape[2])


def _position(entry: Index) -> int:
    return int(entry[0] * X.shape[1] + entry[1])


def _features(entry: Index) -> Section:
    f = _flat(X)
    return Section(
        "The numbers",
        [
            Paragraph("x has 2 x 2 pixels and 3 channels. As a matrix F it has one row for each of "
                      "the M = 4 pixels and one column for each of the C = 3 channels. Which pixel "
                      "stands where no longer matters: that is why style forgets the layout."),
            Grids([Grid("F = x.reshape(4, 3)", f, [(_position(entry), entry[2])])]),
        ],
    )  # fmt: skip


def _matrix() -> Section:
    f = _flat(X)
    terms = [
        Term((at("F", (n, 0)), at("F", (n, 1))), (float(f[n, 0]), float(f[n, 1]))) for n in range(4)
    ]
    return Section(
        "Forward",
        [
            Grids([Grid("G = F.T @ F", gram_forward(X), [(0, 1), (1, 0)])]),
            Paragraph("How much do channels 0 and 1 fire together?"),
            written_out("G[0, 1]", terms),
        ],
    )


def _backward(entry: Index) -> Section:
    f, n, c = _flat(X), _position(entry), entry[2]
    terms = _product_rule(f, R, n, c)
    return Section(
        "Backward",
        [
            Paragraph("R is the incoming gradient. Here it is not symmetric, so that nothing is "
                      "hidden."),
            Grids([Grid("R", R), Grid("R + R.T", R + R.T)]),
            Paragraph(f"{at('F', (n, c))} is in row {c} of G and in column {c} of G: once as the "
                      "left factor, once as the right one. The product rule gives a sum for each: "
                      "R for the row, its transpose for the column. Together: dF = F @ (R + R.T)."),
            written_out(at("dF", (n, c)), terms),
            three_ways(
                at("dx", entry),
                sum(term.value for term in terms),
                float(gram_backward(R, X)[entry]),
                central(lambda x: float(np.sum(gram_forward(x) * R)), X, entry),
            ),
            Paragraph("Who writes 2 F R gets the same for a symmetric R, and the style loss always "
                      "sends one; so that mistake stays hidden until something else does not."),
        ],
    )  # fmt: skip


def _product_rule(f: Array, r: Array, n: int, c: int) -> list[Term]:
    rows = [
        Term((at("F", (n, j)), at("R", (c, j))), (float(f[n, j]), float(r[c, j])), "row of G")
        for j in range(f.shape[1])
    ]
    columns = [
        Term((at("F", (n, i)), at("R", (i, c))), (float(f[n, i]), float(r[i, c])), "column of G")
        for i in range(f.shape[1])
    ]
    return rows + columns


def _divisor() -> float:
    return float(4 * X.shape[2] ** 2 * (X.shape[0] * X.shape[1]) ** 2)


def _style(x: Array) -> float:
    return squared_error_forward(gram_forward(x), A, _divisor())


def _loss() -> Section:
    difference = gram_forward(X) - A
    total = float(np.sum(difference**2))
    return Section(
        "The loss",
        [
            Grids([Grid("G", gram_forward(X)), Grid("A, the style's", A),
                   Grid("G - A", difference)]),
            Lines([f"sum of squares  {number(total)}",
                   f"divisor         4 C^2 M^2 = 4 * 3^2 * 4^2 = {number(_divisor())}",
                   f"loss            {total / _divisor():.10f}"]),
        ],
    )  # fmt: skip


def _style_backward(entry: Index) -> Section:
    f, n, c = _flat(X), _position(entry), entry[2]
    difference = gram_forward(X) - A
    terms = [
        Term((at("F", (n, j)), f"(G - A)[{j}, {c}]"), (float(f[n, j]), float(difference[j, c])))
        for j in range(3)
    ]
    by_hand = 4 * sum(term.value for term in terms) / _divisor()
    r = 2 * difference / _divisor()
    return Section(
        "Backward: a 2, another 2, and a quarter",
        [
            Lines(["the square      R = d loss / d G = 2 (G - A) / (4 C^2 M^2)",
                   "the Gram matrix dF = F (R + R^T) = 2 F R, as R is symmetric",
                   "together        dF = 4 F (G - A) / (4 C^2 M^2) = F (G - A) / (C^2 M^2)"]),
            Paragraph("So the 1/4 of the loss is there to cancel the 4 of its derivative: equation "
                      "6 of the paper has neither. Without the quarter in the loss, the 4 stays in "
                      "the gradient. With a 2 instead of 4, one half of the product rule was "
                      "forgotten."),
            written_out(f"(F @ (G - A))[{n}, {c}]", terms),
            Lines([f"{at('dF', (n, c))} = 4 * {number(sum(t.value for t in terms))} / "
                   f"{number(_divisor())} = {by_hand:.10f}"]),
            three_ways(
                at("dx", entry), by_hand, float(gram_backward(r, X)[entry]),
                central(_style, X, entry),
            ),
            Paragraph("(Equation 6 also has 0 where F < 0: that is the ReLU after which the paper "
                      "takes F; backpaint leaves it to the ReLU's own backward pass.)"),
        ],
    )  # fmt: skip
