"""`check_objective`: any loss with its gradient, by differences, with the usual suspects named."""

import re

import numpy as np
import pytest

import backpaint
from backpaint.examples import example_path
from backpaint.presets import load_preset, preset_names
from backpaint.problem.pixels import to_variable
from backpaint.reference.max_pool import max_pool_backward, max_pool_forward
from backpaint.reference.relu import relu_backward, relu_forward
from backpaint.reference.total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)
from backpaint.testing import NotJudged, WrongGradient, check_objective

X = np.random.default_rng(0).uniform(0, 255, (6, 5, 3))
Y = np.random.default_rng(1).uniform(0, 255, (6, 5, 3))


def loss(x):
    return np.sum((x - Y) ** 2) / 2


def gradient(x):
    return x - Y


def border_lost(x):
    grad = np.zeros_like(x)
    grad[1:-1, 1:-1] = gradient(x)[1:-1, 1:-1]
    return grad


def red_lost(x):
    grad = gradient(x)
    grad[:, :, 0] *= 1.5
    return grad


class Adding:
    def __init__(self):
        self.total = 0.0

    def __call__(self, x):
        self.total = self.total + gradient(x)
        return loss(x), self.total


def overwriting(x):
    value = loss(x)
    x -= Y
    return value, x


def random_loss(x):
    return loss(x) + np.random.default_rng().normal(), gradient(x)


WRONG = (
    (lambda x: (loss(x), gradient(x) / 2), "a factor 2 is missing"),
    (lambda x: (loss(x), 2 * gradient(x)), "2 times the loss's slope"),
    (lambda x: (loss(x), gradient(x) / 3), "1 / 3 times the loss's slope"),
    (lambda x: (loss(x), -1.7 * gradient(x)), r"-1\.7 times the loss's slope"),
    (lambda x: (loss(x), -gradient(x)), "the sign is wrong"),
    (lambda x: (loss(x), gradient(x) / x.size), "the loss sums but the gradient averages"),
    (lambda x: (loss(x) / x.size, gradient(x)), "the loss averages but the gradient sums"),
    (lambda x: (loss(x), border_lost(x)), "all of them are in the outermost rows or columns"),
    (lambda x: (loss(x), red_lost(x)), "all of them are in channel 0"),
    (lambda x: (loss(x), gradient(x).ravel()), "the gradient has the shape"),
    (lambda x: (loss(x), gradient(x) * np.nan), "NaN or infinite"),
    (Adding(), "the gradient adds up"),
    (overwriting, "it writes into its argument x"),
    (random_loss, "the loss is another one when it is called again"),
)


@pytest.mark.parametrize(("function", "name"), WRONG, ids=[name for _, name in WRONG])
def test_mistake_is_named(function, name):
    with pytest.raises(WrongGradient, match=name):
        check_objective(function, X)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)], ids=["channels last", "channels first"])
def test_a_wrong_corner_of_a_large_picture_is_found(order):
    x = np.random.default_rng(3).normal(size=(64, 96, 3)).transpose(order)
    corner = np.zeros((64, 96, 3), bool)
    corner[0, -1] = True
    corner = corner.transpose(order)

    def function(x):
        return np.sum(x**2) / 2, np.where(corner, -x, x)

    report = str(check_objective(function, x, raises=False))
    assert "3 of 60 elements that were tried are wrong" in report
    assert "all of them are in the corners" in report


def test_a_wrong_element_that_is_not_tried_is_not_called_all():
    x = np.random.default_rng(3).normal(size=(64, 96, 3))

    def function(x):
        slope = x.copy()
        slope[20, 31] *= -1
        return np.sum(x**2) / 2, slope

    with pytest.raises(WrongGradient, match="among the 60 tried: few are wrong, or all by"):
        check_objective(function, x)


def test_a_picture_that_is_all_border_is_not_blamed_on_its_border():
    def function(x):
        slope = x.copy()
        slope[:, ::3] *= 1.5
        return np.sum(x**2) / 2, slope

    report = str(
        check_objective(function, np.random.default_rng(3).normal(size=(2, 9)), raises=False)
    )
    assert "of 18 elements that were tried are wrong" in report
    assert "outermost" not in report


def test_a_right_one_passes():
    assert check_objective(lambda x: (loss(x), gradient(x)), X).ok


def test_kinks_are_no_mistakes():
    """Some of many ReLUs flip within a step; the rest of the directions decide."""
    x = np.random.default_rng(2).normal(size=(40, 40))
    x[0, 0] = 1e-12

    def function(x):
        y = relu_forward(x)
        return np.sum(y**2), relu_backward(2 * y, y)

    assert check_objective(function, x).ok


def ties(x):
    """Distances from 3, in the largest of each window: convex and concave kinks at ties."""
    y = max_pool_forward(x, "floor")
    return np.sum((y - 3) ** 2), max_pool_backward(2 * (y - 3), x, "floor")


@pytest.mark.parametrize("x", [np.full((6, 8, 2), 1.0), np.indices((6, 8, 2))[0] // 2 * 2.0])
def test_a_right_gradient_at_ties_is_not_called_wrong(x):
    with pytest.raises(NotJudged, match=r"two sides of x.*choose another x"):
        check_objective(ties, x)
    assert check_objective(ties, x + np.random.default_rng(0).normal(scale=0.1, size=x.shape)).ok


def mean_of_ties(x):
    """The same with the gradient shared among ties."""
    windows = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1)
    y = windows.max((1, 3), keepdims=True)
    shares = (windows == y) / np.sum(windows == y, (1, 3), keepdims=True)
    return np.sum((y - 3) ** 2), (2 * (y - 3) * shares).reshape(x.shape)


def test_no_cause_is_named_for_a_factor_that_ties_blur():
    """The factor is 2, give or take 0.2: far from the 768 elements."""

    def doubled(x):
        value, slope = mean_of_ties(x)
        return value, 2 * slope

    x = np.random.default_rng(0).integers(0, 3, (16, 16, 3)) * 1.0
    report = str(check_objective(doubled, x, raises=False))
    low, high = map(float, re.search(r"is (\S+) to (\S+) times the loss's slope", report).groups())
    assert 1.5 < low < 2 < high < 2.5
    assert "averages" not in report


def test_one_number_is_neither_summed_nor_averaged():
    with pytest.raises(WrongGradient, match=r"1\.00005 times the loss's slope"):
        check_objective(lambda x: (np.sum(x**2), 2.0001 * x), np.array([3.0]))


def test_equal_neighbors_are_no_excuse():
    """At the corner of |x| the gradient is the mean of both slopes, and can be judged."""

    def variation(x):
        return squared_variation_forward(x) + absolute_variation_forward(x)

    def right(x):
        return squared_variation_backward(1.0, x) + absolute_variation_backward(1.0, x)

    x = X.copy()
    x[2] = x[3]
    assert check_objective(lambda x: (variation(x), right(x)), x).ok
    with pytest.raises(WrongGradient, match="a factor 2 is missing"):
        check_objective(lambda x: (variation(x), right(x) / 2), x)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, r"it returns None, as a function does without `return`"),
        (3.0, r"it returns one number; expected the pair \(loss, gradient\)"),
        (X, r"it returns an array of the shape \(6, 5, 3\); expected the pair"),
        ((None, X), r"its loss is None; expected the pair"),
        ((X, X), r"its loss is an array of the shape \(6, 5, 3\)"),
        ((1.0, None), r"its gradient is None; expected an array of real numbers like x"),
        ((1.0, X + 0j), r"its gradient is an array of the shape \(6, 5, 3\) of complex numbers"),
        ((1.0, X > 9), r"its gradient is an array of the shape \(6, 5, 3\) of booleans; expected"),
        ((1j, X), r"its loss is one complex number; expected the pair"),
        ((True, X), r"its loss is one boolean; expected the pair"),
    ],
)
def test_an_answer_that_is_no_loss_with_its_gradient_is_described(answer, sentence):
    with pytest.raises(WrongGradient, match=sentence):
        check_objective(lambda x: answer, X)


def test_one_lost_element_of_a_large_picture_is_seen():
    x = np.random.default_rng(7).uniform(1, 2, (256, 256, 3))

    def function(x):
        slope = 2 * x
        slope[100, 100, 1] = 0
        return np.sum(x**2), slope

    with pytest.raises(WrongGradient, match="few are wrong, or all by a little"):
        check_objective(function, x)


def test_a_gradient_with_the_digits_of_float32_is_not_asked_for_more():
    def function(x):
        return loss(x), gradient(x).astype(np.float32) * np.float32(1 + 2e-6)

    assert check_objective(function, X).ok
    with pytest.raises(WrongGradient, match=r"1\.000002 times the loss's slope"):
        check_objective(lambda x: (loss(x), gradient(x) * (1 + 2e-6)), X)


@pytest.mark.parametrize(
    "x", [np.full((6, 8, 2), 1.0), np.random.default_rng(0).integers(0, 256, (16, 16, 3)) * 1.0]
)
def test_a_right_gradient_at_ties_is_not_blamed_on_float32(x):
    """Brightening all of x changes no difference; at a constant x, the slope is 0."""

    def function(x):
        return absolute_variation_forward(x), absolute_variation_backward(1.0, x)

    assert check_objective(function, x).ok


class Jittering:
    """Sums that run in another order at every call: the last digits are others."""

    def __init__(self, dtype, jitter):
        self.rng = np.random.default_rng(6)
        self.dtype, self.jitter = dtype, jitter

    def __call__(self, x):
        jitters = 1 + self.jitter * self.rng.uniform(-1, 1, x.shape)
        slope = (gradient(x) * jitters).astype(self.dtype)
        return (loss(x) * jitters[0, 0, 0]).astype(self.dtype), slope


def test_other_last_digits_at_every_call_are_no_mistake():
    report = check_objective(Jittering(np.float64, 3e-16), X)
    assert "note: called again with the same x, it gives other last digits" in str(report)


@pytest.mark.parametrize(("dtype", "jitter"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_more_than_the_last_digits_must_be_repeated(dtype, jitter):
    with pytest.raises(WrongGradient, match="another one when it is called again"):
        check_objective(Jittering(dtype, jitter), X)


def test_other_last_digits_in_float32_are_no_mistake():
    assert not check_objective(Jittering(np.float32, 1e-7), X, raises=False).findings[0].wrong


def in_single(x):
    """The same in float32, every operation of it."""
    off = x.astype(np.float32) - Y.astype(np.float32)
    return np.sum(off**2) / np.float32(2), off


def test_float32_is_right_or_not_judged_with_the_reason():
    report = check_objective(in_single, X, raises=False)
    assert not report.findings[0].wrong
    near = Y + np.random.default_rng(5).normal(scale=1e-3, size=Y.shape)  # rounding is all there is
    report = check_objective(in_single, near, raises=False)
    assert report.findings[0].verdict == "not judged"
    assert "computed in float32" in str(report)


@pytest.mark.parametrize("times", [1.1, 0.9, -1])
def test_a_wrong_gradient_in_float32_is_wrong(times):
    with pytest.raises(WrongGradient, match="times the loss's slope"):
        check_objective(lambda x: (in_single(x)[0], times * in_single(x)[1]), X)


def painted(preset, engine, size, **changes):
    """A network's objective, and a picture near its content."""
    made = backpaint.objective(
        example_path("cat"), example_path("swirls"), preset=preset, size=size, engine=engine,
        changes=changes,
    )  # fmt: skip
    content = to_variable(made.problem.content, made.problem.recipe.variable).ravel()
    noise = np.random.default_rng(0).normal(size=content.shape)
    return made, content + noise * content.std() / 30


DOUBLE, SINGLE = (backpaint.Reference(dtype=name) for name in ("float64", "float32"))


SHALLOW = {
    "content.layers": {"relu2_1": 1.0},
    "style.layers": {"relu1_1": 0.5, "relu2_1": 0.5},
}


thin = pytest.mark.usefixtures("thin_networks")
"""With few channels, which differences do not see: real ones are slow."""
shallow_and_whole = pytest.mark.parametrize("layers", [SHALLOW, {}], ids=["shallow", "whole"])


def times(factor, function):
    """Make a function whose gradient is off by a factor."""

    def off(x):
        value, slope = function(x)
        return value, factor * slope

    return off


@thin
@shallow_and_whole
@pytest.mark.parametrize(
    "unit", [None, *(pytest.param(unit, marks=pytest.mark.slow) for unit in (30.0, 1.0)), 0.01]
)
def test_a_network_is_right_with_any_unit(unit, layers):
    objective, x = painted("gatys", DOUBLE, 26, **layers)
    assert check_objective(objective, x, unit=unit).ok


@thin
@shallow_and_whole
@pytest.mark.parametrize("factor", [1.01, -1])
def test_a_network_that_is_off_is_wrong(factor, layers):
    objective, x = painted("gatys", DOUBLE, 26, **layers)
    with pytest.raises(WrongGradient, match="times the loss's slope"):
        check_objective(times(factor, objective), x)


CONSISTENT = [name for name in preset_names() if load_preset(name).is_consistent]
"""Presets whose loss is the function whose gradient they follow."""


QUICK = ("gatys", "pytorch-adam", "tf-tutorial", "titu1994-improved")
"""One of each library, and shifted Gram matrices; the derivatives of all are proven by default in
`tests/reference/test_objective.py`."""


@thin
@pytest.mark.parametrize(
    "preset",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in CONSISTENT],
)
def test_every_preset_is_right_in_float64(preset):
    smaller = {"images.short_at_least": 32} if preset == "fzliu" else {}
    objective, x = painted(preset, DOUBLE, 32, **smaller)
    assert check_objective(objective, x, raises=False).ok


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["gatys", "titu1994", "pytorch-tutorial", "tf-tutorial"])
def test_a_real_network_is_right_and_wrong_where_it_is_off(preset):
    objective, x = painted(preset, DOUBLE, 26)
    assert check_objective(objective, x, raises=False).ok
    with pytest.raises(WrongGradient, match="times the loss's slope"):
        check_objective(times(1.01, objective), x)


def require_wrong_only_where_it_is_off(preset, engine, size=40):
    objective, x = painted(preset, engine, size)
    assert not check_objective(objective, x, raises=False).findings[0].wrong
    with pytest.raises(WrongGradient):
        check_objective(times(1.1, objective), x)


IN_SINGLE = {"reference": SINGLE, "cpu": backpaint.CPU()}


@thin
@pytest.mark.parametrize(
    ("preset", "engine"),
    [
        pytest.param(
            preset,
            engine,
            id=f"{preset}-{name}",
            marks=[]
            if (preset, name) in {("gatys", "reference"), ("tf-tutorial", "cpu")}
            else pytest.mark.slow,
        )
        for preset in ("gatys", "tf-tutorial", "pytorch-tutorial")
        for name, engine in IN_SINGLE.items()
    ],
)
def test_a_whole_network_in_float32_is_never_called_wrong_but_where_it_is(preset, engine):
    require_wrong_only_where_it_is_off(preset, engine, 26)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "engine"),
    [
        ("gatys", SINGLE),
        ("tf-tutorial", backpaint.CPU()),
        ("pytorch-tutorial", SINGLE),
        ("pytorch-tutorial", backpaint.CPU()),
    ],
    ids=str,
)
def test_nor_is_a_real_one(preset, engine):
    require_wrong_only_where_it_is_off(preset, engine)


def test_pytorch_tensors_pass():
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")

    def function(x):
        x.requires_grad_()
        value = (x**3).sum()
        return value, torch.autograd.grad(value, x)[0]

    assert check_objective(function, X / 255, to_array=torch.from_numpy).ok


@pytest.mark.parametrize("constant", [1e9, 1e11, 1e12, 1e14, 1e18])
def test_a_large_constant_makes_no_right_gradient_wrong(constant):
    """Its rounding makes quotients agree with one another that are all as wrong."""
    x = np.random.default_rng(0).normal(size=50)
    report = check_objective(lambda x: (constant + np.sum(x**2), 2 * x), x, raises=False)
    assert not any(finding.wrong for finding in report.findings)
    if constant < 1e11:
        assert report.ok
