"""How long the rest of a run takes, size by size."""

import pytest

from backpaint.painting.diary.pace import Pace
from backpaint.painting.standing import Record

SIZES = [(10, 100), (5, 400)]


def record(evaluation, seconds, scale, iteration=0):
    return Record(evaluation, iteration, 1.0, {}, 1.0, seconds, scale)


@pytest.mark.parametrize(("counts_iterations", "steps_left"), [(False, 7), (True, 8)])
def test_the_first_evaluation_says_nothing_of_the_others(counts_iterations, steps_left):
    pace = Pace([(10, 1)], counts_iterations)
    pace.meet(record(1, 7.0, None))
    assert pace.left is None
    pace.meet(record(2, 9.0, None, iteration=1))
    assert pace.left == pytest.approx((steps_left + 1) * 2)
    pace.meet(record(3, 10.0, None, iteration=2))
    assert pace.left == pytest.approx(steps_left * 1.5)


def test_what_is_left_are_steps_times_pixels_at_the_pace_of_the_size_that_is_painted():
    pace = Pace(SIZES, counts_iterations=False)
    pace.meet(record(1, 0.5, 0))
    pace.meet(record(4, 2.0, 0))  # half a second a step: two where there are 4 times the pixels
    assert pace.left == pytest.approx(6 * 0.5 + 5 * 2)
    for step in range(5, 11):
        pace.meet(record(step, step / 2, 0))
    assert pace.left == pytest.approx(5 * 2)
    pace.meet(record(11, 40.0, 1))  # its objective took long to build, and that was once
    assert pace.left == pytest.approx(4 * 2)
    pace.meet(record(12, 41.0, 1))  # a larger picture takes less for each pixel
    assert pace.left == pytest.approx(3 * 1)
    assert pace.work == 10 * 100 + 2 * 400


def test_a_size_that_ended_early_is_done_and_one_that_took_longer_leaves_the_next_whole():
    for last in (7, 16):
        pace = Pace(SIZES, counts_iterations=True)
        pace.meet(record(9, 4.0, 0, iteration=last))
        assert pace.work == min(last, 10) * 100
        pace.meet(record(10, 5.0, 1, iteration=last))
        assert pace.work == 1000
        pace.meet(record(11, 8.0, 1, iteration=last + 1))
        assert pace.left == pytest.approx(4 * 3)


def test_a_run_that_goes_on_is_measured_from_there():
    pace = Pace(SIZES, counts_iterations=False, before=record(12, 100.0, 1))
    assert pace.work == 10 * 100 + 2 * 400
    assert pace.left is None
    pace.meet(record(13, 105.0, 1))
    pace.meet(record(14, 108.0, 1))
    assert pace.left == pytest.approx(1 * 3)
