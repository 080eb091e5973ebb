"""The cost of one loss and gradient beside another's, as `style_statistics.py` and others ask.

Processor time of one thread, so that a busy machine counts little, and the median of the ratios
within a round.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable

from backpaint.engine.objective import Objective


def seconds(objective: Objective) -> float:
    """Time one loss and gradient."""
    x = objective.initial()
    begin = time.process_time()
    objective(x)
    return time.process_time() - begin


def print_ratios(
    description: str | None, build: Callable[[str, int], Objective], cases: Iterable[str]
) -> None:
    """Read the options, measure all cases in turn, and print how often each takes the first's time.

    Parameters
    ----------
    description : str
        Of the script.
    build : callable
        Makes the objective of a case, at a size.
    cases : iterable of str
        The first is what the others are compared with.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    objectives = {case: build(case, options.size) for case in cases}
    for objective in objectives.values():
        seconds(objective)
    rounds = [
        {case: seconds(objective) for case, objective in objectives.items()}
        for _ in range(options.rounds)
    ]
    first = next(iter(objectives))
    print(f"| | times {first} |\n|---|---|")
    for case in objectives:
        ratio = statistics.median(each[case] / each[first] for each in rounds)
        print(f"| {case} | {ratio:.2f} |")
