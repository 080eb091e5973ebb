"""Several sizes are several runs, each from where the one before ended, told as one."""

import json
from collections import Counter

import numpy as np
import pytest

import backpaint
from backpaint import Masks
from backpaint.checkpoint import go_on
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.color.linear import color_moments
from backpaint.engine.objective import Objective
from backpaint.painting.control import Control
from backpaint.painting.diary.journal import Journal
from backpaint.painting.run import run
from backpaint.painting.session import Start, open_session
from backpaint.presets import recipe, with_changes
from backpaint.scales import enlarged, enlarged_state

from ..checkpoint.runs import METHODS, require_same, stopped, wanted

SCALES = {"scales.sizes": [16, 24], "scales.iterations": [3, 2]}
SIZES = [(16, 3), (24, 2), (32, 4)]


def scaled(method="l-bfgs-b", **options):
    changes = SCALES | options.pop("changes", {})
    return wanted(method, iterations=4, size=32, changes=changes, **options)


def one_size(arguments, size, iterations):
    """Open the session of a single size, of the same photographs."""
    changes = {k: v for k, v in arguments["changes"].items() if not k.startswith("scales")}
    made = recipe("gatys", size=size, iterations=iterations, changes=changes)
    return open_session(arguments["content"], arguments["style"], made)


LIKE_OTHERS = {"l-bfgs-b, bounds", "l-bfgs-b, rounds", "l-bfgs, search", "adam, average"}
"""What is handed over is that of another method; its state at one size: `tests/checkpoint`."""

each_method = [
    pytest.param(method, marks=[pytest.mark.slow] * (method in LIKE_OTHERS)) for method in METHODS
]


@pytest.mark.parametrize("method", each_method)
def test_sizes_are_paintings_whose_picture_is_handed_over_to_the_bit(method):
    arguments = scaled(method, changes={"scales.moments": "fresh"})
    whole, history, x, shape = backpaint.paint(**arguments), [], None, None
    for size, iterations in SIZES:
        session = one_size(arguments, size, iterations)
        objective = session.build()
        if x is not None:
            x = enlarged(x, shape, objective.shape, "bicubic")
        start = None if x is None else Start(x, "content", 0)
        one = session.paint(objective, start=start)
        x, shape, history = one.x, objective.shape, [*history, *one.history]
    assert np.array_equal(whole.x, x)
    assert [record.loss for record in whole.history] == [record.loss for record in history]
    assert [record.terms for record in whole.history] == [record.terms for record in history]
    assert whole.reason == f"{one.reason} at the last size"


def test_adam_takes_its_means_and_its_count_of_steps_along():
    arguments = scaled("adam")
    arguments["changes"]["scales.sizes"], arguments["changes"]["scales.iterations"] = [16], 3
    whole = backpaint.paint(**arguments)
    small, large = (one_size(arguments, *stage).build() for stage in (SIZES[0], SIZES[2]))
    first = run(small, small.initial(), wants_state=True)
    state = enlarged_state(first.state, small.shape, large.shape, "bicubic")
    assert state["iterations"] == 3
    assert whole.reason == "all 7 iterations are done"
    second = run(large.with_iterations(7), state)
    assert np.array_equal(whole.x, second.x)
    fresh = backpaint.paint(
        **arguments | {"changes": arguments["changes"] | {"scales.moments": "fresh"}}
    )
    assert not np.array_equal(whole.x, fresh.x)


def test_adam_with_an_average_hands_that_over_and_begins_another():
    arguments = scaled("adam, average")
    arguments["changes"]["scales.sizes"], arguments["changes"]["scales.iterations"] = [16], 3
    whole = backpaint.paint(**arguments)
    small, large = (one_size(arguments, *stage).build() for stage in (SIZES[0], SIZES[2]))
    first = run(small, small.initial(), wants_state=True)
    x, mean, square = (
        enlarged(array, small.shape, large.shape, by)
        for array, by in (
            (first.x, "bicubic"),
            (first.state["mean"], "bicubic"),
            (first.state["mean_square"], "bilinear"),
        )
    )
    assert not np.array_equal(first.x, first.state["x"])
    begin = first.state | {"x": x, "average": x, "mean": mean, "mean_square": square}
    begin["average_begun"] = first.state["iterations"]
    assert np.array_equal(whole.x, run(large.with_iterations(7), begin).x)


def test_one_size_is_what_it_ever_was():
    plain, larger = wanted(size=24), {"scales.sizes": [24, 48]}
    one = backpaint.paint(**wanted(size=24, changes=larger))
    require_same_numbers(one, backpaint.paint(**plain))
    assert {record.scale for record in one.history} == {None}


def require_same_numbers(one, other):
    assert np.array_equal(one.x, other.x)
    assert [r.loss for r in one.history] == [r.loss for r in other.history]


@pytest.mark.parametrize("method", ["l-bfgs-b", "l-bfgs", "adam"])
def test_numbers_go_on_from_size_to_size(method, tmp_path):
    seen = []
    painting = backpaint.paint(**scaled(method), on_iteration=lambda n, x: seen.append((n, x.size)))
    assert [n for n, _ in seen] == list(range(1, painting.iterations + 1))
    assert {size for _, size in seen} == {painting.x.size}
    numbers = [record.evaluation for record in painting.history]
    assert numbers == list(range(1, len(numbers) + 1))
    scales = [record.scale for record in painting.history]
    assert scales == sorted(scales)
    assert set(scales) == {0, 1, 2}
    seconds = [record.seconds for record in painting.history]
    assert seconds == sorted(seconds)
    with Journal(tmp_path / "log.jsonl") as journal:
        for record in painting.history:
            journal.write(record)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["scale"] for line in lines] == scales
    height, width = painting.metadata["size"]
    assert painting.metadata["coarser_sizes"] == [[11, 16], [16, 24]]
    assert painting.pixels.shape == (height, width, 3) == (21, 32, 3)


@pytest.mark.parametrize(
    ("method", "scale"),
    [
        *((method, 1) for method in METHODS if method not in LIKE_OTHERS),
        *(
            pytest.param(method, 1, marks=pytest.mark.slow)
            for method in METHODS
            if method in LIKE_OTHERS
        ),
        *(("l-bfgs-b", 0), ("adam", 0), ("adam", 2)),
    ],
)
def test_a_run_that_was_stopped_at_any_size_goes_on_to_the_same_bits(method, scale, tmp_path):
    arguments, file = scaled(method), tmp_path / "run.backpaint"
    whole = backpaint.paint(**arguments)
    at = [record.evaluation for record in whole.history if record.scale == scale]
    for after in (at[0], min(at[-1], len(whole.history) - 1)):
        broken = stopped(file, after, every=1, **arguments)
        assert broken.interrupted
        assert broken.pixels.shape == whole.pixels.shape
        require_same(backpaint.resume(file), whole)


def test_colors_opacity_and_several_styles_come_back_at_every_size(noise, tmp_path):
    arguments = scaled(
        "adam", color="luma", style_shares=(3, 1), style_scales=[1, 0.5], init="noise", seed=3
    )
    arguments["style"] = [noise, arguments["style"]]
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**arguments)
    stopped(file, 2, **arguments)
    require_same(backpaint.resume(file), whole)


def test_where_bits_may_differ_the_sizes_that_are_left_begin_at_the_picture(tmp_path):
    arguments, file = scaled(), tmp_path / "run.backpaint"
    stopped(file, len(SIZES) * 3, every=1, **arguments)
    kept = read_checkpoint(file)
    scale, done = kept.facts.scale, kept.facts.iterations
    assert scale < 2
    resumed = backpaint.resume(file, engine=backpaint.Reference(), not_identical=True)
    left = sum(count for _, count in SIZES) - done
    assert left <= resumed.iterations <= left + 1
    assert {record.scale for record in resumed.history} == set(range(scale, 3))


def test_more_iterations_are_those_of_the_last_size(tmp_path):
    arguments, file = scaled(), tmp_path / "run.backpaint"
    backpaint.paint(**arguments, checkpoint=file)
    longer = backpaint.resume(file, iterations=6)
    require_same(longer, backpaint.paint(**arguments | {"iterations": 6}))
    with pytest.raises(backpaint.UsageError, match="6 iterations behind it at its last size"):
        backpaint.resume(file, iterations=5)


def test_more_iterations_are_none_of_the_sizes_that_are_done(tmp_path):
    arguments, file = scaled("adam"), tmp_path / "run.backpaint"
    del arguments["changes"]["scales.iterations"]  # as many as at the last
    stopped(file, 5, every=1, **arguments)  # the first one of the second size
    going_on = go_on(file, iterations=6).session
    assert [optimizer.iterations for optimizer, _ in going_on.stages] == [4, 6, 6]
    longer = backpaint.resume(file, iterations=6)
    assert Counter(record.scale for record in longer.history) == {0: 4, 1: 6, 2: 6}


def test_a_failure_at_a_small_size_leaves_its_picture_in_the_last_size():
    arguments = scaled("gradient descent") | {"engine": backpaint.Reference()}
    arguments["changes"] |= {"optimizer.rate": 1e30, "optimizer.normalize": "none"}
    with pytest.raises(backpaint.RunError, match="NaN or infinity") as failed:
        backpaint.paint(**arguments)
    assert failed.value.painting.pixels.shape == (21, 32, 3)


def test_a_run_is_stopped_between_sizes_too(monkeypatch):
    control, built = Control(), []
    arguments = scaled()

    def count(record):
        if record.scale == 0 and record.iteration == 2:
            control.stop("enough")

    with_iterations = Objective.with_iterations
    monkeypatch.setattr(
        Objective, "with_iterations", lambda *x: built.append(1) or with_iterations(*x)
    )
    painting = backpaint.paint(**arguments, control=control, callback=count)
    assert (painting.interrupted, painting.reason) == (True, "enough")
    assert painting.pixels.shape == (21, 32, 3)


def test_a_picture_is_the_start_of_the_smallest_size(noise):
    arguments = scaled(init=noise)
    session = one_size(arguments, *SIZES[0])
    small = session.paint(init=noise)
    whole = backpaint.paint(**arguments)
    assert whole.history[0].loss == small.history[0].loss
    assert whole.metadata["initial"] == "array"


def test_a_style_in_two_regions_of_a_map_is_in_both_at_every_size(tmp_path):
    """And its colors are matched to each of them there."""
    layout, shown = np.zeros((300, 451, 3), np.uint8), np.zeros((512, 640, 3), np.uint8)
    for picture in (layout, shown):
        picture[:, :200], picture[:, 200:] = (255, 0, 0), (0, 0, 255)
    arguments = scaled("adam", color="match", masks=Masks(color_map=layout, style_maps=[shown]))
    made = recipe("gatys", size=32, iterations=4, color="match", changes=arguments["changes"])
    session = open_session(arguments["content"], arguments["style"], made, masks=arguments["masks"])
    assert session.prepared.mask_names.of_style == (0, 0)
    for problem in session.problems:
        assert problem.style_shares == (0.5, 0.5)
        np.testing.assert_allclose(sum(problem.regions.painted), 1)
        for style, here, there in zip(
            problem.styles, problem.regions.shown, problem.regions.painted, strict=True
        ):
            found, wanted = color_moments(style, here)[0], color_moments(problem.content, there)[0]
            np.testing.assert_allclose(found, wanted, atol=2)  # but for what is cut off
        one = open_session(
            arguments["content"],
            arguments["style"],
            with_changes(made, {"scales": None, "images.size": max(problem.shape)}),
            masks=arguments["masks"],
        )
        pairs = zip(problem.styles, one.prepared.problem.styles, strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)
    file, whole = tmp_path / "run.backpaint", backpaint.paint(**arguments)
    assert {record.scale for record in whole.history} == {0, 1, 2}
    stopped(file, 5, **arguments)
    require_same(backpaint.resume(file), whole)
