"""Loss curves, one for each term, as a picture."""

from collections.abc import Sequence
from itertools import pairwise
from math import nan
from pathlib import Path

from ...errors import UsageError
from ...whole_file import require_writable, whole_file
from ..standing import Record

FORMATS = (".png", ".svg", ".pdf", ".jpg")


def check_plot(path: str | Path) -> None:
    """Raise UsageError, before a long run, if a plot could not be drawn or written afterwards."""
    if Path(path).suffix.lower() not in FORMATS:
        raise UsageError(f"the plot {path} has an unknown format; choose {', '.join(FORMATS)}")
    require_writable(path)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError(
            "--plot needs matplotlib, which is not installed; run: pip install matplotlib"
        ) from None


def plot_losses(history: Sequence[Record], path: str | Path, title: str) -> None:
    """Draw the loss and its terms over the evaluations, on a logarithmic axis.

    Of a run at several sizes, a vertical line stands where each of them but the first begins.

    Parameters
    ----------
    history : sequence of Record
        At least one.
    path : str or Path
        With an extension out of `FORMATS`.
    title : str
        Above the plot.

    Raises
    ------
    RunError
        If the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    steps = [record.evaluation for record in history]
    axes.plot(steps, [record.loss for record in history], color="black", lw=2, label="loss")
    for name in dict.fromkeys(name for record in history for name in record.terms):
        values = [record.terms.get(name, nan) for record in history]  # a size may lack a term
        axes.plot(steps, values, lw=1, label=name)
    for evaluation in beginnings(history):
        axes.axvline(evaluation - 0.5, color="gray", lw=1, ls="--")
    axes.set_yscale("log" if all(record.loss > 0 for record in history) else "linear")
    axes.set(xlabel="evaluation", ylabel="weighted loss", title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    with whole_file(path) as part:
        figure.savefig(part, format=Path(path).suffix.lower().removeprefix("."), dpi=120)


def beginnings(history: Sequence[Record]) -> list[int]:
    """List the first evaluations of all scales but the first.

    Examples
    --------
    >>> beginnings([Record(n, n, 1.0, {}, 1.0, 0.1, scale) for n, scale in ((1, 0), (2, 1))])
    [2]
    """
    pairs = pairwise(history)
    return [after.evaluation for before, after in pairs if after.scale != before.scale]
