"""What the estimate counts, by hand; `tests/engines/test_memory.py` compares it with the truth."""

from backpaint.cpu import estimate_bytes
from backpaint.presets import load_preset, with_changes

from ..problems import make_problem

TERM = {"total_variation": {"kind": "squared", "weight": 1e-3}}


def test_a_term_of_the_picture_takes_seven_more_pictures_of_float64():
    recipe = load_preset("gatys")
    without, beside = (make_problem(with_changes(recipe, more)) for more in ({}, TERM))
    shape = (600, 500)
    more = estimate_bytes(beside, shape=shape) - estimate_bytes(without, shape=shape)
    assert more == 7 * 8 * 3 * 600 * 500


def test_sorted_features_take_their_layers_positions_for_every_direction():
    """The values of each style and the gradient, and of the largest layer twice more."""
    recipe = with_changes(load_preset("gatys"), {"style.statistic": "sliced"})
    few, many = (
        make_problem(with_changes(recipe, {"style.directions": count}), styles=((20, 20),))
        for count in (3, 10)
    )
    positions = [64 * 48, 32 * 24, 16 * 12, 8 * 6, 4 * 3]
    more = estimate_bytes(many, shape=(64, 48)) - estimate_bytes(few, shape=(64, 48))
    assert more == 4 * (10 - 3) * (2 * sum(positions) + 2 * max(positions))
