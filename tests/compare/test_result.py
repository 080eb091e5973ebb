"""What the numbers of a comparison say."""

import math

import msgspec
import pytest

from backpaint.compare.rounds import fastest_forms
from backpaint.compare.subject.result import Cell, Comparison, Row

from .comparisons import cell, comparison, row


def test_speeds_are_against_the_fastest_library_and_honest():
    found = {one.name: cell(64).speed(one) for one in cell(64).timed()}
    assert found == pytest.approx(
        {"cpu": 2.0, "cpu/exact": 0.8, "pytorch/channels_last": 1.0, "jax": 0.5}
    )


def test_a_gpu_is_not_compared_with_a_library_on_the_processor():
    rows = [row("gpu/tf32", 0.01), row("pytorch/channels_last", 0.4)]
    mixed = Cell((64, 64), 2, rows)
    assert mixed.speed(rows[0]) is None
    rows.append(row("pytorch-cuda/tf32-graph", 0.008))
    assert mixed.speed(rows[0]) == pytest.approx(0.8)
    assert (rows[0].memory_mb, rows[1].memory_mb) == (7.0, 100.0)


def test_half_of_the_rounds_lie_between_the_quartiles():
    one = Row("cpu", seconds=[5.0, 1.0, 4.0, 2.0, 3.0])
    assert (one.median, one.quartiles) == (3.0, (2.0, 4.0))


def test_the_fastest_right_form_of_a_library_takes_part_and_every_engine():
    rows = [
        Row("cpu", trial_seconds=3.0),
        Row("cpu/exact", trial_seconds=4.0),
        Row("pytorch/contiguous", trial_seconds=2.0),
        Row("pytorch/channels_last", trial_seconds=1.0),
        Row("pytorch/compiled", failure="its gradient is off"),
        Row("pytorch-cuda/tf32-eager", trial_seconds=0.2),
        Row("pytorch-cuda/tf32-graph", trial_seconds=0.1),
        Row("pytorch-cuda/fp32-eager", trial_seconds=0.3),
    ]
    assert [one.name for one in fastest_forms(rows)] == [
        "cpu",
        "cpu/exact",
        "pytorch/channels_last",
        "pytorch-cuda/tf32-graph",
        "pytorch-cuda/fp32-eager",
    ]


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ((1e-3, 1e-3), None),
        ((None, None), None),  # it has not been checked
        ((1e-3, 0.02), "its gradient is off by 2.0e-02 of its length, more than 1e-02"),
        ((1e-3, math.nan), "its gradient is off by nan of its length, more than 1e-02"),
        ((0.03, 1e-3), "its loss is off by 3.0e-02 of itself, more than 1e-02"),
        ((math.nan, 1e-3), "its loss is off by nan of itself, more than 1e-02"),
    ],
)
def test_a_wrong_gradient_or_loss_is_said_to_be_wrong(errors, words):
    assert Row("cpu", loss_error=errors[0], gradient_error=errors[1]).wrong == words


def test_json_keeps_everything_and_refuses_what_is_none():
    whole = comparison()
    assert Comparison.from_json(whole.to_json()) == whole
    plain = msgspec.json.decode(whole.to_json())
    assert plain["cells"][0]["size"] == [64, 64]
    assert plain["cells"][0]["rows"][0]["seconds"] == [0.18000000000000002, 0.2, 0.24]
    with pytest.raises(msgspec.ValidationError):
        Comparison.from_json(b'{"preset": "gatys"}')
