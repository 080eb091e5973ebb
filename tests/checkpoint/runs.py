"""Small runs that are kept in a file, and whole ones to compare with."""

import numpy as np

import backpaint
from backpaint.examples import example_path
from backpaint.painting.control import Control

SHALLOW = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
METHODS = {
    "l-bfgs-b": {},
    "l-bfgs-b, bounds": {"optimizer.bounds": "pixels"},
    "l-bfgs-b, rounds": {"optimizer.evaluations_per_round": 3},
    "l-bfgs": {"optimizer.method": "l-bfgs", "optimizer.iterations_per_step": 4},
    "l-bfgs, search": {
        "optimizer.method": "l-bfgs",
        "optimizer.line_search": "strong-wolfe",
        "optimizer.iterations_per_step": 4,
    },
    "adam": {"optimizer.method": "adam", "optimizer.rate": 2.0},
    "adam, average": {
        "optimizer.method": "adam",
        "optimizer.rate": 2.0,
        "optimizer.average": 0.9,
    },
    "gradient descent": {
        "optimizer.method": "gradient-descent",
        "optimizer.rate": 2.0,
        "optimizer.normalize": "mean-absolute",
    },
}
ENGINES = {"reference": backpaint.Reference(), "cpu": backpaint.CPU(threads=2)}


def wanted(method="l-bfgs-b", iterations=9, size=24, **options):
    """Arguments of a quick run: content, style and the rest."""
    changes = SHALLOW | METHODS[method] | options.pop("changes", {})
    return {
        "content": example_path("cat"),
        "style": example_path("swirls"),
        "preset": "gatys",
        "size": size,
        "iterations": iterations,
        "changes": changes,
        **options,
    }


def stopped(file, after, every=2, **arguments):
    """Paint until some evaluation, and keep the run."""
    control = Control()

    def watch(record):
        if record.evaluation == after:
            control.stop("enough")

    return backpaint.paint(
        **arguments, control=control, callback=watch, checkpoint=file, checkpoint_every=every
    )


def require_same(resumed, whole):
    """Compare all of two paintings but their times."""
    assert np.array_equal(resumed.x, whole.x)
    assert np.array_equal(resumed.image, whole.image)
    facts = [
        [(one.evaluation, one.iteration, one.loss, one.terms, one.grad_norm) for one in run.history]
        for run in (resumed, whole)
    ]
    assert facts[0] == facts[1]
    assert [list(one.terms) for one in resumed.history] == [list(o.terms) for o in whole.history]
    seconds = [record.seconds for record in resumed.history]
    assert seconds == sorted(seconds)
    assert resumed.metadata | {"seconds": 0} == whole.metadata | {"seconds": 0}
