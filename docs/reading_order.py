"""Write the reading order, with line counts, into README.md.

python docs/reading_order.py [--check]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- reading order, written by docs/reading_order.py -->", "<!-- end -->"

ORDER = (
    ("One operation after the other", "reference", (
        ("conv.py", "3x3 convolution; its input gradient is a convolution with turned filters"),
        ("relu.py", "ReLU"),
        ("windows.py", "how pooling cuts an image, and what happens at odd edges"),
        ("max_pool.py", "2x2 max pooling; ties"),
        ("average_pool.py", "2x2 average pooling"),
        ("gram.py", "the Gram matrix, equation 3 of the paper"),
        ("moments.py", "sums of features, which every other statistic is made of"),
        ("statistics.py", "covariances, deviations, and the Wasserstein distance"),
        ("sliced.py", "sorted features, compared rank by rank"),
        ("squared_error.py", "the distance in content and style loss"),
        ("masked_squared_error.py", "what holds the frames of a film together"),
        ("total_variation.py", "penalties on rough pictures"),
        ("content_laplacian.py", "edges of the content, through coarse pixels"),
        ("value_range.py", "between black and white without bounds"),
        ("preprocess.py", "pixels to what the network expects"),
    )),
    ("Put together", "reference", (
        ("network.py", "VGG forward and backward, with taps anywhere"),
        ("terms.py", "content, style and variation terms of any preset"),
        ("picture_terms.py", "terms of the picture alone"),
        ("objective.py", "loss and gradient of a whole recipe"),
        ("naive.py", "the formulas as loops, to check the rest against"),
    )),
    ("The fast engine", "cpu", (
        ("convolution/winograd.py", "fewer multiplications, derived in fractions"),
        ("convolution/winograd_convolution.py", "a piece of tiles, from beginning to end"),
        ("convolution/large_filters.py", "filters too large for a cache: step by step"),
        ("threads/team.py", "threads that share out tasks, step by step"),
        ("network/network.py", "forward and backward over maps planned beforehand"),
    )),
    ("In one pass", "reference/stylization", (
        ("strided_conv.py", "convolution of any filter, with a stride"),
        ("depthwise_conv.py", "a filter for each channel"),
        ("reflection_pad.py", "a mirrored border, and how it folds back"),
        ("instance_norm.py", "instance normalization, with its two mean terms"),
        ("upsample.py", "every pixel four times"),
        ("sigmoid.py", "any number into 0..1"),
        ("relu6.py", "ReLU with a ceiling"),
    )),
    ("", "fast", (
        ("stages.py", "stages that run forward, and carry a gradient back"),
        ("architecture.py", "which layer follows which, in both networks"),
    )),
    ("", "cpu/stylization", (
        ("blocks.py", "filters as matrices for blocks of pixels"),
        ("transformer.py", "all steps, shared out by bands"),
    )),
    ("The same on a GPU", "gpu", (
        ("kernels/conv_1_naive.cu", "the convolution as loops, in CUDA"),
        ("kernels/conv_2_tiled.cu", "the same with shared memory and registers"),
        ("kernels/conv_sm80.cu", "the same on tensor cores"),
        ("network/forward.py", "a stage after the other, as launches for one graph"),
        ("network/backward.py", "and back"),
        ("network/bands.py", "how a large picture is cut, so that its first stages fit"),
        ("descent/descent.py", "a minimization whose vectors never leave the GPU"),
        ("emulator/headers/scheduler.h", "a block of threads on the processor, in turn"),
    )),
    ("Around it", "src/backpaint", (
        ("vgg.py", "the two networks as a table"),
        ("problem/recipe.py", "everything that a preset can say"),
        ("engine/objective.py", "the one seam: a picture in, loss and gradient out"),
        ("painting/run.py", "an optimizer, an objective, and a watch between them"),
        ("optimizers/contract.py", "what every optimizer takes, gives, and can be kept as"),
        ("optimizers/quasi_newton/two_loop.py", "L-BFGS, the two-loop recursion"),
        ("optimizers/quasi_newton/line_search.py", "how far to go: Moré and Thuente"),
        ("optimizers/quasi_newton/descent.py", "L-BFGS on vectors that lie anywhere"),
    )),
)  # fmt: skip


def reading_order() -> str:
    """Make the table as Markdown."""
    lines = ["| | file | lines | |", "|---|---|---:|---|"]
    for title, folder, files in ORDER:
        for name, text in files:
            count = len((ROOT / folder / name).read_text(encoding="utf-8").splitlines())
            lines.append(f"| {title} | [{folder}/{name}]({folder}/{name}) | {count} | {text} |")
            title = ""
    return "\n".join(lines)


def main() -> None:
    """Write the table into README.md, or say that the one there is out of date."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    new = f"{before}{BEGIN}\n\n{reading_order()}\n\n{END}{after}"
    if "--check" in sys.argv:
        sys.exit(0 if new == text else "README.md is out of date: run python docs/reading_order.py")
    readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
