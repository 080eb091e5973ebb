"""The memory that an engine says it takes, against what it takes."""

from ..problems import make_problem
from .table import each


@each()
def test_the_estimate_is_close_to_what_is_allocated(any_engine):
    memory = any_engine.memory
    for recipe, shape in memory.pictures:
        problem = make_problem(recipe, shape, styles=((20, 20),))
        part = memory.allocated(problem, any_engine.build) / memory.estimate(problem)
        print(recipe if isinstance(recipe, str) else "", shape, part)
        assert memory.within[0] < part < memory.within[1]
