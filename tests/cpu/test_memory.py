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
