"""Frames grow rarer along a run, and any run fits the time."""

import pytest

from backpaint.film.spacing import Spacing, durations, hold, most_frames, ratio_for


def frames_of(first, last, seconds=10.0):
    spacing = Spacing(first, ratio_for(first, last, most_frames(seconds) - 1))
    return [iteration for iteration in range(first + 1, last + 1) if spacing.is_due(iteration)]


@pytest.mark.parametrize(("first", "last"), [(0, 171), (0, 1000), (0, 100_000), (700, 1000)])
@pytest.mark.parametrize("seconds", [2.0, 10.0, 60.0])
def test_a_long_run_has_no_more_frames_than_the_film_and_nearly_as_many(first, last, seconds):
    most = most_frames(seconds) - 1
    count = len(frames_of(first, last, seconds))
    assert min(most, last - first) - 2 <= count <= most
    assert sum(durations(count + 2, seconds)) <= 100 * seconds + 1


def test_a_short_run_has_every_iteration():
    assert frames_of(0, 100) == [*range(1, 101)]


def test_the_first_iterations_are_all_there_and_the_last_ones_apart_by_one_ratio():
    frames = frames_of(0, 5000)
    assert frames[:25] == [*range(1, 26)]
    ratios = [later / now for now, later in zip(frames[-40:], frames[-39:], strict=False)]
    assert max(ratios) - min(ratios) < 0.02


def test_a_run_that_goes_beyond_its_length_has_frames_on():
    spacing = Spacing(0, 1.5)
    frames = [number for number in range(1, 100) if spacing.is_due(number)]
    assert frames == [1, 2, 3, 5, 7, 11, 16, 23, 35, 52, 77]


@pytest.mark.parametrize(("count", "seconds"), [(1, 2.0), (400, 2.0), (9000, 60.0)])
def test_no_frame_is_shown_for_no_time(count, seconds):
    assert min(durations(count, seconds)) >= 1


@pytest.mark.parametrize("count", [2, 3, 17, 100, 172])
@pytest.mark.parametrize("seconds", [2.0, 3.3, 10.0])
def test_frames_are_shown_evenly_and_the_last_one_stays(count, seconds):
    *moving, last = durations(count, seconds)
    assert len(moving) == count - 1
    assert max(moving) - min(moving) <= 1
    assert last == hold(seconds)
    assert sum(moving) + last <= max(100 * seconds, len(moving) + last)  # a tick each, at least
