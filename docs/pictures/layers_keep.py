"""Find pictures that have the cat's features at one layer: layers_keep.png."""

from sheet import CAT, panels, save

import backpaint

LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
SIZE, ITERATIONS = 112, 150


def main() -> None:
    """Start from noise five times, and put what is found beside the photograph."""
    pictures, captions = [], []
    for layer in LAYERS:
        changes = {"style": None, "content.layers": {layer: 1.0}}
        painting = backpaint.paint(
            CAT,
            None,
            preset="gatys",
            size=SIZE,
            iterations=ITERATIONS,
            init="noise",
            changes=changes,
        )
        pictures.append(painting.image)
        left = painting.loss / painting.history[0].loss
        captions.append(f"{layer}: {left:.0e} of the loss left")
        print(captions[-1], flush=True)
    objective = backpaint.objective(CAT, None, size=SIZE, changes={"style": None})
    photograph = objective.to_image(objective.initial())
    save(panels([photograph, *pictures], ["the photograph", *captions], columns=3), "layers_keep")


if __name__ == "__main__":
    main()
