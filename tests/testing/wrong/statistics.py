"""Mistakes with distances of distributions."""

import numpy as np
from scipy.linalg import sqrtm

from backpaint.check.operations.statistic_loss import (
    wasserstein_loss_backward,
    wasserstein_loss_forward,
    wasserstein_steps_loss_backward,
)
from backpaint.reference.gram import gram_forward

from .features import matrix


def cloud(x):
    f = x.reshape(-1, x.shape[2])
    return f.mean(axis=0), np.cov(f.T, bias=True).reshape(x.shape[2], x.shape[2])


def root(matrix):
    return sqrtm(matrix).real


def commuting_wasserstein(x, style):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = 0.25 * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    v, w = v + added, w + added
    return (np.sum((mean - wanted) ** 2) + np.trace(v + w - 2 * root(v) @ root(w))) / len(w)


def wasserstein_of_shapes(x, style):
    return wasserstein_loss_forward(x - x.mean((0, 1)), style - style.mean((0, 1)), 0.25)


def bare_deviations(x, style):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    sigma, tau = (np.sqrt(np.maximum(np.diag(one), 0)) for one in (v, w))
    return np.mean((mean - wanted) ** 2 + (sigma - tau) ** 2)


def gram_distance(x, style):
    grams = (gram_forward(one, one.shape[0] * one.shape[1]) for one in (x, style))
    return np.sum(np.subtract(*grams) ** 2)


def uncentered(x, style):
    slope = 4 * (cloud(x)[1] - cloud(style)[1]) / (x.shape[0] * x.shape[1])
    return x @ slope


def of_equation(x, style):
    return wasserstein_steps_loss_backward(1.0, x, style, 0.25, 3, "equation")


CUT_OFF = (
    ("loss", lambda x, style: wasserstein_loss_forward(x, style, 0.25), "the roots are exact"),
    ("gradient", lambda x, style: wasserstein_loss_backward(1.0, x, style, 0.25),
     "the gradient of an exact root"),
    ("gradient", of_equation, "the gradient of no function"),
)  # fmt: skip

WASSERSTEIN = (
    ("loss", commuting_wasserstein, r"V\^1/2 W\^1/2"),
    ("loss", wasserstein_of_shapes, "the distance of the means is missing"),
    ("gradient", lambda x, s: wasserstein_loss_backward(1.0, x, s, 0.25) / 2, "half is missing"),
    ("gradient", lambda x, s: -wasserstein_loss_backward(1.0, x, s, 0.25), "sign"),
)
DEVIATIONS = (("loss", bare_deviations, "epsilon is missing under the roots"),)
COVARIANCE = (
    ("loss", gram_distance, "that compares Gram matrices"),
    ("gradient", uncentered, "the mean is not subtracted from the features"),
)


def matched_by_the_order(x, style):
    """Index the sorted style by argsort of x: that is the inverse of the ranks."""
    order = np.argsort(matrix(x), axis=0)
    goal = np.take_along_axis(np.sort(matrix(style), axis=0), order, axis=0)
    return goal.reshape(x.shape)


SLICED = (
    ("loss", lambda x, s: np.mean((x - s) ** 2), "nothing is sorted"),
    ("loss", lambda x, s: np.mean((x - matched_by_the_order(x, s)) ** 2), "inverse permutation"),
    ("gradient", lambda x, s: 2 * (x - matched_by_the_order(x, s)) / x.size, "inverse perm"),
    ("gradient", lambda x, s: (2 * (np.sort(matrix(x), axis=0) - np.sort(matrix(s), axis=0))
                               / x.size).reshape(x.shape), "left in sorted order"),
)  # fmt: skip
