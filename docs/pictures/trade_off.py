"""Paint the same pair with five weights of the style: trade_off.png."""

from sheet import CAT, SWIRLS, panels, save

import backpaint

WEIGHTS = (0.1, 1, 10, 30, 100, 1000)
SIZE, ITERATIONS = 128, 80


def main() -> None:
    """Paint from the content each time."""
    pictures, captions = [], []
    for weight in WEIGHTS:
        painting = backpaint.paint(
            CAT,
            SWIRLS,
            preset="gatys",
            size=SIZE,
            iterations=ITERATIONS,
            changes={"style.weight": weight},
        )
        pictures.append(painting.image)
        content = painting.terms["content relu4_2"] / painting.loss
        captions.append(f"style.weight = {weight:g}; content {content:.0%} of the loss")
        print(captions[-1], flush=True)
    save(panels(pictures, captions, columns=3), "trade_off")


if __name__ == "__main__":
    main()
