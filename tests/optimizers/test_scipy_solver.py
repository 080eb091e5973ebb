"""SciPy's solver is relied upon only where it gives the bits of `fmin_l_bfgs_b`."""

import numpy as np
import pytest
import scipy

from backpaint import optimizers
from backpaint.errors import UsageError
from backpaint.optimizers import scipy_setulb, scipy_solver

from .cases import METHODS, START, finished, require_equal


class TestWithoutTheStateOfSciPy:
    """Where SciPy's solver is not what it was, SciPy still runs, in one piece."""

    @pytest.fixture(autouse=True)
    def _hidden(self, monkeypatch):
        monkeypatch.setattr(optimizers, "usable_layout", lambda: None)

    @pytest.mark.parametrize(
        "name", [name for name in METHODS if name.startswith("l-bfgs-b") and "float32" not in name]
    )
    def test_it_paints_the_same(self, name, monkeypatch):
        case, calls, whole_calls = METHODS[name], [], []
        whole = case.new(callback=lambda k, x: calls.append((k, x)))
        whole.start(START)
        assert not whole.step()
        monkeypatch.undo()
        stepwise = case.new(callback=lambda k, x: whole_calls.append((k, x)))
        stepwise.start(START)
        require_equal(whole.outcome(), finished(stepwise))
        assert [k for k, _ in calls] == [k for k, _ in whole_calls]
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(calls, whole_calls, strict=True))

    def test_it_says_which_scipy_has_no_state(self):
        minimizer = METHODS["l-bfgs-b"].new()
        minimizer.start(START)
        words = f"SciPy {scipy.__version__} hides .* expected SciPy 1.11 to 1.18"
        with pytest.raises(UsageError, match=words):
            minimizer.state()
        with pytest.raises(UsageError, match=words):
            minimizer.restore({})

    def test_scipy_does_not_swallow_stop_iteration(self):
        def callback(number, x):
            raise StopIteration

        minimizer = METHODS["l-bfgs-b"].new(callback=callback)
        minimizer.start(START)
        with pytest.raises(RuntimeError, match="StopIteration"):
            minimizer.step()


def test_a_solver_that_gives_other_bits_is_not_used(monkeypatch):
    def lying(self, *arguments):
        call(self, *arguments)
        arguments[0][1][0] = np.nextafter(arguments[0][1][0], 9.0)

    layout = scipy_solver.usable_layout()
    call = type(layout).call
    monkeypatch.setattr(type(layout), "call", lying)
    assert scipy_solver.usable_layout.__wrapped__() is None


def test_a_solver_that_is_gone_is_not_used(monkeypatch):
    from scipy.optimize import _lbfgsb

    monkeypatch.delattr(_lbfgsb, "setulb")
    assert not any(map(scipy_solver._gives_its_bits, scipy_setulb.possible_layouts()))
    assert scipy_solver.usable_layout.__wrapped__() is None
