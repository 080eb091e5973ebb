"""A comparison made by hand: two sizes, a library that is slower, and one of ours that is slow.

And a preset for real ones.
"""

from backpaint.compare.subject.result import Cell, Comparison, Row


def row(name, seconds, **more):
    """A row that was timed, with its middle half around the median."""
    return Row(
        name,
        seconds=[0.9 * seconds, seconds, 1.2 * seconds],
        cpu_seconds=[seconds, seconds, seconds],
        trial_seconds=seconds,
        peak_mb=100.0,
        device_mb=7.0,
        loss=1.0,
        loss_error=1e-7,
        gradient_error=2e-4,
        checked_at=(64, 64),
        **more,
    )


def cell(side, factor=1.0):
    """One size: cpu twice as fast as PyTorch, cpu/exact slower than it."""
    return Cell(
        (side, side),
        2,
        [
            row("cpu", 0.2 * factor),
            row("cpu/exact", 0.5 * factor),
            row("pytorch/channels_last", 0.4 * factor),
            Row("pytorch/contiguous", trial_seconds=0.6 * factor, peak_mb=120.0),
            row("jax", 0.8 * factor),
            Row("tensorflow", failure="its process ended with code <1>"),
        ],
    )


def comparison():
    """Both sizes, with a note."""
    return Comparison(
        preset="gatys",
        rounds=3,
        machine={
            "processor": "Fast & Cheap <2>",
            "processors": "2",
            "memory": "8 GB of memory free",
        },
        versions={"Python": "3.11", "PyTorch": "2.13"},
        absent={"gpu": "there is no GPU"},
        cells=[cell(64), cell(128, factor=4.0)],
        notes=["the machine was busy"],
    )


SHALLOW = """
extends = "gatys"
weights = "vgg16"
content.layers = { relu1_1 = 1.0 }
style.layers = { relu1_1 = 1.0 }
"""


def shallow_preset(folder):
    """Write a preset whose processes are ready sooner than others."""
    path = folder / "shallow.toml"
    path.write_text(SHALLOW)
    return path
