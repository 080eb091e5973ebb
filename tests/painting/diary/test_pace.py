"""How long the rest of a run takes, size by size."""

import pytest

from backpaint.painting.diary.pace import Pace
from backpaint.painting.standing import Record

SIZES = [(10, 100), (5, 400)]


def record(evaluation, seconds, scale, iteration=0):
    return Record(evaluation, iteration, 1.0, {}, 1.0, seconds, scale)


def test_of_one_size_the_rest_takes_as_long_for_each_step():
    pace = Pace([(20, 1)], counts_iterations=False)
    assert pace.left is None
    pace.meet(record(5, 10.0, None))
    assert pace.left == pytest.approx(30.0)


def test_a_first_step_that_takes_long_counts_until_there_is_another():
    pace = Pace([(10, 1)], counts_iterations=False)
    pace.meet(record(1, 7.0, None))
    assert pace.left == pytest.approx(9 * 7)
    pace.meet(record(2, 9.0, None))
    assert pace.left == pytest.approx(8 * 2)
    pace.meet(record(3, 10.0, None))
    assert pace.left == pytest.approx(7 * 1.5)


def test_what_is_left_are_steps_times_pixels_at_the_pace_of_the_size_that_is_painted():
    pace = Pace(SIZES, counts_iterations=False)
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
    pace.meet(record(13, 103.0, 1))
    assert pace.left == pytest.approx(2 * 3)
