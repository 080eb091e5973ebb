"""The engine `cpu` in float64, where a wrong halo is seen: float32 proves none."""

import sys

import numpy as np

from backpaint.cpu.network import picture
from backpaint.engine.leases import Lease

EDGE = {"network.first_padding": "edge"}
WINDOWS_ENDS = {(True, False), (False, False), (False, True)}
"""Whether the picture begins, and ends, where the first part does, one inside, and the last."""


class Doubled:
    """NumPy, but float32 is float64."""

    float32 = np.float64

    def __getattr__(self, name):
        return getattr(np, name)


def compute_in_double(monkeypatch):
    """Let the engine compute in float64, whoever calls it."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("backpaint.cpu", "backpaint.cluster")) and hasattr(module, "np"):
            monkeypatch.setattr(module, "np", Doubled())
    monkeypatch.setattr(Lease.__init__, "__defaults__", (np.float64,))


def ends_of_windows(monkeypatch):
    """Note where parts repeat pixels; what is left out at their other ends must be zero."""
    noted, add = [], picture.add_edge_gradient

    def note(gradient, grad_y, filters, input_map, ends):
        noted.append(ends)
        for line, is_end in zip((0, -1), ends, strict=True):
            assert is_end or not grad_y[line].any()
        add(gradient, grad_y, filters, input_map, ends)

    monkeypatch.setattr(picture, "add_edge_gradient", note)
    return noted


def worst(evaluation, expected):
    """The largest error, of the largest gradient or of a term."""
    gradient = np.abs(evaluation.gradient - expected.gradient).max()
    terms = [abs(evaluation.terms[name] / value - 1) for name, value in expected.terms.items()]
    return max(gradient / np.abs(expected.gradient).max(), *terms)
