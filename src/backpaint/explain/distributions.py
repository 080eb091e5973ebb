"""Losses that compare distributions of features explained: covariance, Wasserstein, histogram."""

import numpy as np

from ..reference.moments import moments_backward, moments_forward
from ..reference.sliced import quantiles, sliced_backward, sliced_forward
from ..reference.statistic_term import normal_of
from ..reference.statistics import (
    Normal,
    covariance_backward,
    covariance_forward,
    normal_backward,
    normal_forward,
    wasserstein_backward,
    wasserstein_forward,
)
from ..reference.symmetric_power import symmetric_power
from .blocks import Array, Explanation, Grid, Grids, Paragraph, Section, Term, three_ways
from .blocks import written_out as written
from .difference import Index, at, central, require_entry

X = np.array([[[1.0, 2.0], [3.0, -1.0]], [[0.0, 1.0], [4.0, 2.0]]])
STYLE = np.array([[[5.0, 0.0], [2.0, 1.0], [1.0, 3.0]]])
EPSILON = 0.5
Y = np.array([[3.0, 8.0, 1.0], [5.0, -2.0, 0.0]])
WANTED = np.array([[4.0, 0.0, 6.0], [-1.0, 9.0, 2.0]])
ONE = np.array([[1.0]])


def explain_covariance(entry: Index | None = None) -> Explanation:
    """Explain a loss on the covariance of 2 x 2 pixels with 2 channels.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    normal, wanted, (n, c) = _normal(X), normal_of(STYLE).covariance, _place(entry)
    centered, difference = X.reshape(-1, 2) - normal.mean, normal.covariance - wanted
    terms = [
        Term(("4", at("(F - mu)", (n, j)), f"(V - W)[{j}, {c}]"),
             (4.0, float(centered[n, j]), float(difference[j, c])))
        for j in range(2)
    ]  # fmt: skip
    gradient = moments_backward(_of_covariance(X, wanted), X)

    def loss(x: Array) -> float:
        return covariance_forward(_normal(x), wanted)

    return Explanation(
        "Covariance: sum((V - W)^2), features less their mean",
        [
            Section("Forward", [
                Paragraph("F has a row for each of the M = 4 pixels. Less the mean mu of each "
                          "channel, its Gram matrix over M is the covariance V; W is the style's. "
                          "How bright a channel is no longer counts, only what it does together "
                          "with the others."),
                Grids([Grid("F", X.reshape(-1, 2), [(n, c)]), Grid("mu", normal.mean[np.newaxis]),
                       Grid("F - mu", centered), Grid("V", normal.covariance), Grid("W", wanted)]),
            ]),
            Section("Backward", [
                Paragraph("The square gives 2, and a covariance has every feature twice: 4 (F - "
                          "mu) (V - W) / M. A pixel also moves mu, for all pixels; but the "
                          "rows of F - mu sum to zero, so that nothing comes of it."),
                written(at("dF", (n, c)), terms, divisor=4),
                three_ways(at("dx", entry), sum(t.value for t in terms) / 4,
                           float(gradient[entry]), central(loss, X, entry)),
            ]),
        ],
    )  # fmt: skip


def explain_wasserstein(entry: Index | None = None) -> Explanation:
    """Explain the Wasserstein distance of two clouds of features with 2 channels.

    Parameters
    ----------
    entry : (int, int, int), optional
        Row, column and channel of x whose gradient is written out.
    """
    entry = require_entry(entry, X.shape, (0, 1, 0))
    normal, target, (n, c) = _normal(X), normal_of(STYLE), _place(entry)
    transport = _transport(normal.covariance, target.covariance)
    f = X.reshape(-1, 2)
    goals = target.mean + (f - normal.mean) @ transport
    terms = [Term(("2", at("(F - goal)", (n, c))), (2.0, float(f[n, c] - goals[n, c])))]
    slope = normal_backward(wasserstein_backward(1.0, normal, target, EPSILON), _moments(X))

    def loss(x: Array) -> float:
        return wasserstein_forward(_normal(x), target, EPSILON)

    return Explanation(
        "Wasserstein distance: how far features must be carried to become the style's",
        [
            Section("Forward", [
                Paragraph("Both pictures' features are taken for normal distributions, with means "
                          f"mu and nu and covariances V and W ({EPSILON:g} is added on the "
                          "diagonals). The loss is |mu - nu|^2 + tr(V + W - 2 (W^1/2 V "
                          "W^1/2)^1/2), over C = 2."),
                Grids([Grid("mu", normal.mean[np.newaxis]), Grid("nu", target.mean[np.newaxis]),
                       Grid("V", _regular(normal.covariance)),
                       Grid("W", _regular(target.covariance))]),
                Paragraph("T = W^1/2 (W^1/2 V W^1/2)^-1/2 W^1/2 makes one cloud of the other: "
                          "T V T = W. It carries each feature to its goal, nu + T (F - mu), at "
                          "the least cost:"),
                Grids([Grid("T", transport), Grid("F", f, [(n, c)]),
                       Grid("goal", goals, [(n, c)])]),
            ]),
            Section("Backward", [
                Paragraph("All that algebra has a simple gradient: each feature is pulled straight "
                          "to its goal, 2 (F - goal) / (C M), with C M = 8:"),
                written(at("dF", (n, c)), terms, divisor=8),
                three_ways(at("dx", entry), terms[0].value / 8,
                           float(moments_backward(slope, X)[entry]), central(loss, X, entry)),
            ]),
        ],
    )  # fmt: skip


def explain_histogram(entry: Index | None = None) -> Explanation:
    """Explain the comparison of one channel's histogram with a style's.

    Parameters
    ----------
    entry : (int, int), optional
        Row and column of x whose gradient is written out.
    """
    entry = require_entry(entry, Y.shape, (0, 1))
    ordered, wanted = np.sort(Y.ravel()), np.sort(WANTED.ravel())
    rank = int(np.sum(ordered < Y[entry]))
    names = ("2", f"({at('x', entry)} - wanted[{rank}])")
    terms = [Term(names, (2.0, float(Y[entry] - wanted[rank])))]
    form = quantiles(_map(WANTED), ONE, Y.size), ONE

    def loss(x: Array) -> float:
        return sliced_forward(_map(x), *form)

    return Explanation(
        "Histogram: numbers of equal rank compared, mean((x - style)^2)",
        [
            Section("Forward", [
                Paragraph("One channel of 2 x 3 pixels. Both pictures' numbers are sorted, and the "
                          "smallest is compared with the smallest, the next with the next. Where "
                          "a number stands in its picture does not count."),
                Grids([Grid("x", Y, [entry]), Grid("style", WANTED)]),
                Grids([Grid("sorted x", ordered[np.newaxis], [(0, rank)]),
                       Grid("wanted", wanted[np.newaxis], [(0, rank)])]),
            ]),
            Section("Backward", [
                Paragraph("A small step changes no order, so each number has its partner for good: "
                          "2 (x - wanted) / M, put back where the number stands. The "
                          f"{at('x', entry)} has the rank {rank}, from 0:"),
                written(at("dx", entry), terms, divisor=Y.size),
                three_ways(at("dx", entry), terms[0].value / Y.size,
                           float(sliced_backward(1.0, _map(Y), *form)[(*entry, 0)]),
                           central(loss, Y, entry)),
                Paragraph("The sliced loss does the same along directions in the space of "
                          "features, instead of along its axes."),
            ]),
        ],
    )  # fmt: skip


def _map(x: Array) -> Array:
    return x[:, :, np.newaxis]


def _place(entry: Index) -> tuple[int, int]:
    """Return row and column in F."""
    return int(entry[0] * X.shape[1] + entry[1]), entry[2]


def _moments(x: Array) -> Array:
    return moments_forward(x, None)


def _normal(x: Array) -> Normal:
    return normal_forward(_moments(x))


def _of_covariance(x: Array, wanted: Array) -> Array:
    return normal_backward(covariance_backward(1.0, _normal(x), wanted), _moments(x))


def _regular(covariance: Array) -> Array:
    return np.asarray(covariance + EPSILON * np.eye(2))


def _transport(v: Array, w: Array) -> Array:
    root = symmetric_power(_regular(w), 0.5, 0.0)
    middle = symmetric_power(root @ _regular(v) @ root, -0.5, 0.0)
    return np.asarray(root @ middle @ root)
