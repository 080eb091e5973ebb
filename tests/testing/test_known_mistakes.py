"""Every planted mistake is found, and called by its name."""

import re
from functools import partial

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.testing import (
    WrongGradient,
    check_average_pool,
    check_content_laplacian,
    check_content_loss,
    check_conv,
    check_edge_pad,
    check_features,
    check_gram,
    check_max_pool,
    check_preprocess,
    check_region_loss,
    check_relu,
    check_sliced_loss,
    check_statistic_loss,
    check_style_loss,
    check_temporal_loss,
    check_total_variation,
    check_value_range,
)

from .wrong import convolution, features, pictures, pointwise, pools, statistics

TABLES = (
    (check_conv, convolution.CONV),
    (check_edge_pad, convolution.EDGE_PAD),
    (partial(check_relu, keeps="x"), pointwise.RELU),
    (check_max_pool, pools.MAX_POOL),
    (partial(check_average_pool, edge="ceil"), pools.AVERAGE_POOL_CEIL),
    (check_average_pool, pools.AVERAGE_POOL_FLOOR),
    (partial(check_gram, divisor="C M"), features.GRAM_CHW),
    (partial(check_gram, divisor="1", shift=-1.0), features.GRAM_SHIFTED),
    (check_style_loss, features.STYLE),
    (partial(check_statistic_loss, root_steps=3), statistics.CUT_OFF),
    (check_statistic_loss, statistics.WASSERSTEIN),
    (partial(check_statistic_loss, statistic="mean-deviation"), statistics.DEVIATIONS),
    (partial(check_statistic_loss, statistic="covariance"), statistics.COVARIANCE),
    (check_region_loss, features.REGION),
    (check_content_loss, features.CONTENT),
    (check_temporal_loss, pictures.TEMPORAL),
    (check_total_variation, pictures.VARIATION),
    (partial(check_content_laplacian, pool=2), pictures.LAPLACIAN),
    (check_value_range, pictures.RANGE),
    (check_sliced_loss, statistics.SLICED),
    (check_preprocess, pointwise.OXFORD),
    (partial(check_preprocess, family="torchvision"), pointwise.TORCHVISION),
)
PLANTED = [(check, *mistake) for check, table in TABLES for mistake in table]


@pytest.mark.parametrize(
    ("check", "part", "function", "name"),
    PLANTED,
    ids=[f"{part}: {name}" for _, part, _, name in PLANTED],
)
def test_planted_mistake_is_named(check, part, function, name):
    with pytest.raises(WrongGradient) as caught:
        check(**{part: function})
    (finding,) = caught.value.report.findings
    assert any(re.search(name, text) for text in finding.wrong), finding
    assert not any(text.startswith("or: ") for text in finding.wrong), finding
    assert "no mistake that is known" not in str(finding)


def test_there_are_enough_of_them():
    assert len({name for _, _, _, name in PLANTED}) >= 60


def test_a_second_call_that_adds_up_is_noticed():
    report = check_relu(backward=pointwise.adding(), raises=False)
    assert pointwise.STATEFUL_NAME in str(report)


def test_writing_into_an_argument_is_noticed():
    report = check_relu(backward=pointwise.overwriting, raises=False)
    assert "it writes into its argument grad_y" in str(report)


def test_an_exception_is_told_with_its_count():
    def fragile(grad_y, x):
        if x.shape[0] == 5:
            raise IndexError("index 5 is out of bounds")
        return grad_y * (x > 0)

    report = check_relu(backward=fragile, keeps="x", raises=False)
    assert not report.ok
    assert "its values are right in the 18 cases" in str(report)
    assert re.search(r"raises IndexError \(index 5 .*\) \(in 6 of 24 cases\)", str(report))


def test_an_unknown_mistake_is_located():
    def odd(grad_y, y):
        grad = grad_y * (y > 0)
        grad[0, 0, 0] += 0.125
        return grad

    text = str(check_relu(backward=odd, raises=False))
    assert "no mistake that is known here explains it" in text
    assert "only the outermost rows or columns are wrong" in text
    assert re.search(r"result\[0, 0, 0\] is \S+ instead of", text)


def test_other_choices_at_ties_are_right_with_a_note():
    def last(grad_y, x):
        from backpaint.reference.max_pool import max_pool_backward

        height, width = (2 * n for n in grad_y.shape[:2])
        turned = max_pool_backward(grad_y[::-1, ::-1], x[:height, :width][::-1, ::-1], "floor")
        grad = np.zeros_like(x)
        grad[:height, :width] = turned[::-1, ::-1]
        return grad

    report = check_max_pool(backward=last)
    assert report.ok
    assert "the last of the equal maxima" in report.findings[0].notes[0]


@pytest.mark.parametrize(("between", "note"), [(1.0, "1, as in JAX"), (-1.0, "-1; here")])
def test_other_slopes_between_equal_neighbors_are_right_with_a_note(between, note):
    def gradient(x):
        grad = np.zeros_like(x)
        for axis in (0, 1):
            d = np.diff(x, axis=axis)
            slope = np.where(d == 0, between, np.sign(d))
            after, before = [(0, 0)] * 3, [(0, 0)] * 3
            after[axis], before[axis] = (1, 0), (0, 1)
            grad += np.pad(slope, after) - np.pad(slope, before)
        return grad

    report = check_total_variation(gradient=gradient, kind="absolute")
    assert f"the slope is {note}" in report.findings[0].notes[0]


def test_float32_results_are_noticed():
    report = check_relu(
        backward=lambda g, y: (g * (y > 0)).astype(np.float32), raises=False
    )  # exact, but in another type
    assert "it returns float32 for float64" in str(report)


def test_nothing_to_check_is_an_error():
    with pytest.raises(TypeError, match="no function was given"):
        check_conv()


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (lambda: check_conv(backward_input=lambda grad_y, w: None), "it returns None, as a func"),
        (lambda: check_gram(lambda x: (x, x)), "it returns a tuple of 2; expected an array"),
        (lambda: check_gram(lambda x: (x, None)), "it returns a tuple of 2; expected an array"),
        (lambda: check_gram(lambda x: "G"), "it returns something of type str; expected an array"),
        (lambda: check_gram(lambda x: x + 0j), "of complex numbers; expected an array"),
        (lambda: check_style_loss(lambda x, gram: None), "expected a number"),
        (lambda: check_features(lambda x: None, "conv1_1", weights="vgg16"), "it returns None"),
    ],
)
def test_an_answer_that_is_no_array_is_described(check, sentence):
    with pytest.raises(WrongGradient, match=sentence):
        check()


def test_the_papers_letters_are_taken():
    report = check_style_loss(lambda x, gram: 0.0, divisor="4 N^2 M^2", raises=False)
    assert report.operation.startswith("style loss (divisor 4 C^2 M^2,")
    assert "divisor C M" in check_gram(lambda x: x, divisor="NM", raises=False).operation
    with pytest.raises(UsageError, match="divisor is '4 Q'; expected '1', '2', 'C M' or '4 C M'"):
        check_content_loss(lambda x, target: 0.0, divisor="4 Q")


@pytest.mark.parametrize(
    ("check", "argument"),
    [
        (check_relu, "keeps"),
        (check_total_variation, "kind"),
        (check_preprocess, "family"),
        (check_gram, "divisor"),
        (check_style_loss, "gram_divisor"),
    ],
)
def test_a_choice_that_there_is_not_is_a_sentence(check, argument):
    with pytest.raises(UsageError, match=f"{argument} is 'other'; expected"):
        check(lambda *arguments: arguments[-1], **{argument: "other"})
