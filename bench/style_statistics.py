"""Time one loss and gradient with each statistic of style, beside the Gram matrix's.

    python bench/style_statistics.py [--size 256] [--rounds 5]

Prints a table in Markdown: processor time of one thread, so that a busy machine counts little, and
the median of the ratios within a round.
"""

from typing import get_args, get_type_hints

from ratios import print_ratios

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


if __name__ == "__main__":
    print_ratios(__doc__, build, NAMES)
