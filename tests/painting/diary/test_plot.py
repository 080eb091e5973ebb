"""The plot of the losses: where it says that another size begins."""

import pytest

from backpaint.painting.diary.plot import plot_losses
from backpaint.painting.standing import Record


def test_a_line_stands_between_the_last_evaluation_of_a_size_and_the_first_of_the_next(
    tmp_path, monkeypatch
):
    axes = pytest.importorskip("matplotlib.axes", reason="pip install matplotlib").Axes
    places = []
    monkeypatch.setattr(axes, "axvline", lambda _, x, **how: places.append(x))
    history = [Record(n, n, 1.0, {}, 1.0, 0.1, scale) for n, scale in ((1, 0), (2, 0), (3, 1))]
    plot_losses(history, tmp_path / "plot.svg", "two sizes")
    assert places == [2.5]
