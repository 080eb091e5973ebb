"""What a plan accepts, who takes part in it, and how long it says that it will take."""

import itertools

import pytest

from backpaint.compare import Plan
from backpaint.compare.estimate import estimate, matrix_speed
from backpaint.compare.subject import competitors
from backpaint.compare.subject.scene import (
    blank_problem,
    compared_recipe,
    flops,
    make_problem,
)
from backpaint.errors import UsageError

OURS = ("cpu", "reference")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"only": ("pytroch",)}, "did you mean pytorch"),
        ({"sizes": ((8, 8),)}, "choose a larger size"),
        ({"sizes": ((10**5, 10**5),)}, "more than 100 million; choose a smaller size"),
        ({"sizes": ()}, "give one size"),
        ({"rounds": 0}, "expected a whole number, 1 or more"),
        ({"threads": (0,)}, "expected a whole number, 1 or more"),
        ({"preset": "gaty"}, "did you mean gatys"),
    ],
)
def test_what_cannot_be_compared_is_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        Plan(**({"sizes": ((32, 32),), "only": OURS} | options))


def test_the_reference_takes_part_in_small_pictures_or_when_asked_for():
    assert "reference" in {one.name for one in Plan().competitors((128, 128))}
    assert "reference" not in {one.name for one in Plan().competitors((129, 128))}
    asked = Plan(only=OURS).competitors((512, 512))
    assert [one.name for one in asked] == ["cpu", "cpu/exact", "reference"]


@pytest.fixture
def without_jax(monkeypatch):
    competitors._why_absent.cache_clear()
    monkeypatch.setitem(competitors.MODULES, "jax", "no_module_of_this_name")
    yield
    competitors._why_absent.cache_clear()


@pytest.mark.usefixtures("without_jax")
def test_an_absent_library_is_named_and_is_no_error():
    plan = Plan(sizes=((32, 32),), only=("cpu", "jax"))
    assert plan.absent() == {"jax": "not installed"}
    assert [one.family for one in plan.competitors((32, 32))] == ["cpu", "cpu"]


@pytest.mark.usefixtures("without_jax")
def test_nobody_but_absent_libraries_is_an_error():
    with pytest.raises(UsageError, match=r"can run here: jax \(not installed\)"):
        Plan(sizes=((32, 32),), only=("jax",))


def test_more_of_anything_takes_longer():
    base = {"sizes": ((64, 64),), "threads": (1,), "rounds": 2, "only": OURS}
    seconds = estimate(Plan(**base), gflops=20.0)
    for more in (
        {"sizes": ((64, 64), (96, 96))},
        {"sizes": ((96, 96),)},
        {"threads": (1, 2)},
        {"rounds": 9},
    ):
        assert estimate(Plan(**base | more), gflops=20.0) > seconds
    assert estimate(Plan(**base), gflops=40.0) < seconds


def test_large_pictures_take_as_long_as_their_convolutions():
    def seconds(side):
        plan = Plan(sizes=((side, side),), threads=(1,), rounds=50, only=("cpu",))
        return estimate(plan, gflops=20.0)

    assert seconds(1024) / seconds(512) == pytest.approx(4, rel=0.2)


@pytest.mark.parametrize("preset", ["gatys", "jcjohnson"])
def test_time_is_told_without_making_the_pictures(preset, monkeypatch):
    size, made = (8000, 6000), compared_recipe(preset)
    small = flops(make_problem(made, (64, 48)))
    assert flops(blank_problem(made, (64, 48))) == small
    monkeypatch.delattr("backpaint.compare.subject.scene.read_image")
    plan = Plan(sizes=(size,), threads=(1,), only=("cpu",), preset=preset)
    assert estimate(plan, gflops=20.0) > 15625 * small / 20e9
    assert blank_problem(made, size).shape == size


def test_products_of_matrices_have_a_speed():
    assert 0.1 < matrix_speed(1, side=256) < 1e5


def test_a_product_is_as_many_multiplications_as_additions(monkeypatch):
    """By a clock that moves by one second each time it is asked."""
    clock = itertools.count()
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert matrix_speed(1, side=10) == 2e3 / 1e9
