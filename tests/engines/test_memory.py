"""The memory that an engine says it takes, against what it takes."""

from ..problems import make_problem
from .table import each


@each
def test_the_estimate_is_close_to_what_is_allocated(any_engine):
    least, most = any_engine.parts
    for recipe, shape in any_engine.pictures:
        problem = make_problem(recipe, shape, styles=((20, 20),))
        allocated = any_engine.allocated(problem, any_engine.build)
        assert least < allocated / any_engine.estimate(problem) < most
