"""The memory that an engine says it takes, against what it takes."""

import pytest

from ..problems import everything, make_problem
from .table import ENGINES, each


def require_close(engine, recipe, shape):
    least, most = engine.parts
    problem = make_problem(recipe, shape, styles=((20, 20),))
    allocated = engine.allocated(problem, engine.build)
    assert least < allocated / engine.estimate(problem) < most


@each
def test_the_estimate_is_close_to_what_is_allocated(any_engine):
    require_close(any_engine, *any_engine.pictures[0])


LATER = [
    pytest.param(engine, *picture, id=f"{engine.name}-{picture[0]}")
    for engine in ENGINES
    for picture in engine.pictures[1:]
]
"""What an engine does otherwise with other presets, and on large pictures."""


@pytest.mark.slow
@pytest.mark.parametrize(("any_engine", "recipe", "shape"), LATER, indirect=["any_engine"])
def test_so_it_is_of_other_presets(any_engine, recipe, shape):
    require_close(any_engine, recipe, shape)


@pytest.mark.slow
@pytest.mark.parametrize("any_engine", ENGINES[-1:], ids=lambda engine: engine.name, indirect=True)
def test_so_it_is_with_every_block_on_tensor_cores(any_engine):
    require_close(any_engine, everything(), (6, 5))
