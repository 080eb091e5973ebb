"""Draw the loss of one objective and its terms under two optimizers: loss_curves.png."""

from matplotlib.figure import Figure
from sheet import CAT, INK, SWIRLS, save

import backpaint

CHOICES = {
    "L-BFGS with a line search": {"optimizer.method": "l-bfgs-b"},
    "Adam, rate 4": {"optimizer.method": "adam", "optimizer.rate": 4.0},
}


def main() -> None:
    """Paint twice, and draw both runs on the same axes."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    for axes, (name, changes) in zip(both, CHOICES.items(), strict=True):
        history = backpaint.paint(
            CAT, SWIRLS, preset="gatys", size=96, iterations=100, changes=changes
        ).history
        steps = [record.evaluation for record in history]
        axes.plot(steps, [record.loss for record in history], color="black", lw=2, label="loss")
        for term in history[0].terms:
            axes.plot(steps, [record.terms[term] for record in history], lw=1, label=term)
        axes.set(yscale="log", xlabel="evaluation")
        axes.set_ylim(bottom=1e6)
        axes.set_title(name, **INK)
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("weighted loss")
    figure.axes[1].legend(fontsize=7, ncols=2)
    save(figure, "loss_curves")


if __name__ == "__main__":
    main()
