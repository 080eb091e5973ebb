"""One loss and gradient on every engine and library that runs here, timed in turn.

`run` is the whole of ``backpaint compare``; a `Plan` says what to run.

>>> from backpaint.compare import Plan, run
>>> comparison = run(Plan(sizes=((128, 128),), only=("cpu", "pytorch")))    # doctest: +SKIP
"""

from .plan import Plan
from .rounds import run
from .subject.result import Comparison

__all__ = ["Comparison", "Plan", "run"]
