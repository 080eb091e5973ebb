"""Moved: use `backpaint.problem` and `backpaint.engine`."""

from .engine import Evaluation as Evaluation
from .engine import Objective as Objective
from .problem import Problem as Problem
from .problem import require_layers as require_layers
