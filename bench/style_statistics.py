"""Time one loss and gradient with each statistic of style, beside the Gram matrix's.

    python bench/style_statistics.py [--size 256] [--rounds 5]

Prints a table in Markdown: processor time of one thread, so that a busy machine counts little, and
the median of the ratios within a round.
"""

import argparse
import statistics
import time
from typing import get_args, get_type_hints

import backpaint
from backpaint.engine.objective import Objective
from backpaint.examples import example_path
from backpaint.problem.recipe import Style

NAMES = get_args(get_type_hints(Style)["statistic"])


def build(name: str, size: int) -> Objective:
    """Make the objective of the preset gatys with one statistic."""
    return backpaint.objective(
        example_path("cat"),
        example_path("swirls"),
        size=size,
        changes={"style.statistic": name},
        engine=backpaint.CPU(threads=1),
    )


def seconds(objective: Objective) -> float:
    """Time one loss and gradient."""
    x = objective.initial()
    begin = time.process_time()
    objective(x)
    return time.process_time() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    objectives = {name: build(name, options.size) for name in NAMES}
    for objective in objectives.values():
        seconds(objective)
    rounds = [
        {name: seconds(objective) for name, objective in objectives.items()}
        for _ in range(options.rounds)
    ]
    print("| statistic | times `gram` |\n|---|---|")
    for name in NAMES:
        ratio = statistics.median(each[name] / each["gram"] for each in rounds)
        print(f"| `{name}` | {ratio:.2f} |")


if __name__ == "__main__":
    main()
