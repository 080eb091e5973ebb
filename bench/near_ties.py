"""Why the CPU engine decides otherwise than float64 somewhere: a near tie, shown as one.

    python bench/near_ties.py
    python bench/near_ties.py CONTENT STYLE --preset gatys-pytorch --size 64 --weights FILE

A ReLU takes a feature or 0, a max pool the largest of four features or, after a ReLU, 0.  For each
choice in which the engine and the float64 reference differ at the start of a descent: by how much
the reference's choice is ahead of the engine's, and what float32 makes of that lead.  The products
of the convolution are added up in 1000 random orders; Winograd's tiles are laid over the place in
every possible way, for each choice of points of `winograd_points`.  Points under which the leader
always stayed ahead would be better ones.
"""

import argparse

import numpy as np
from winograd_points import CHOICES, Array, convolve

import backpaint
from backpaint.check.near_ties import Difference, Place, differences
from backpaint.examples import example_path
from backpaint.reference.network import INPUT, Network, Values

ORDERS = 1000


def random_orders(x: Array, w: Array, b: Array, place: Place) -> Array:
    """Add up the products of one output in float32, in many orders."""
    row, column, channel = place
    window = np.pad(x, ((1, 1), (1, 1), (0, 0)))[row : row + 3, column : column + 3]
    products = np.append((window * w[..., channel]).ravel(), b[channel])
    rng = np.random.default_rng(0)
    orders = (rng.permutation(products.size) for _ in range(ORDERS))
    return np.array([np.cumsum(products[order], dtype=np.float32)[-1] for order in orders])


def tilings(x: Array, w: Array, b: Array, place: Place, points: tuple[float, ...]) -> Array:
    """Compute one output by Winograd's convolution in float32, for each origin of the tiles."""
    tile = len(points) - 1
    row, column, channel = place
    framed = np.pad(x, ((2 * tile, 2 * tile), (2 * tile, 2 * tile), (0, 0)))
    outputs = []
    for origin in np.ndindex(tile, tile):
        above, left = (row - origin[0]) % tile, (column - origin[1]) % tile
        top, start = row - above + tile, column - left + tile  # of three tiles by three
        nine = framed[top : top + 3 * tile, start : start + 3 * tile]
        result = convolve(nine, w[..., channel, None], points, turned=False)
        outputs.append(result[tile + above, tile + left, 0] + b[channel])
    return np.array(outputs)


def describe(name: str, leads: Array, exact: float) -> str:
    """Write a line: how far off the lead is, and how often it is lost."""
    errors = np.abs(leads - exact)
    lost = np.mean(leads <= 0)
    return f"| {name} | {np.sqrt(np.mean(errors**2)):.1e} | {errors.max():.1e} | {lost:.0%} |"


def float32_arguments(network: Network, values: Values, name: str) -> tuple[Array, Array, Array]:
    """Give a convolution's input, filters and biases, rounded."""
    names = [INPUT, *(layer.name for layer in network.layers)]
    x = values[names[names.index(name) - 1]]
    w, b = network.filters[name], network.biases[name]
    return x.astype(np.float32), w.astype(np.float32), b.astype(np.float32)


def explain(network: Network, values: Values, difference: Difference) -> list[str]:
    """Compare all ways of computing the features between which one choice is made."""
    y = values[difference.convolution]
    (exact,) = difference.lead(y.__getitem__)
    x, w, b = float32_arguments(network, values, difference.convolution)
    lines = [
        f"{difference.layer} takes {difference.leader or 0} in float64, {difference.taken or 0} in"
        f" the engine; {exact:.1e} lies between them, of {np.abs(y).max():.2g} at most.",
        "",
        "| float32 | error, rms | largest | lead lost |",
        "|---|---|---|---|",
    ]
    orders = difference.lead(lambda place: random_orders(x, w, b, place))
    lines.append(describe(f"direct, {ORDERS} orders", orders, exact))
    for name, points in CHOICES.items():
        tiled = difference.lead(lambda place, p=points: tilings(x, w, b, place, p))
        lines.append(describe(name, tiled, exact))
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("content", nargs="?", default=example_path("cat"))
    parser.add_argument("style", nargs="?", default=example_path("swirls"))
    parser.add_argument("--preset", default="gatys-pytorch")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--weights")
    given = parser.parse_args()
    recipe = backpaint.recipe(given.preset, size=given.size, weights=given.weights)
    reference, engine = (
        backpaint.objective(given.content, given.style, preset=recipe, engine=kind)
        for kind in (backpaint.Reference(dtype="float64"), backpaint.CPU())
    )
    x = reference.initial()
    (_, expected), (_, actual) = reference(x), engine(x)
    off = np.linalg.norm(actual - expected) / np.linalg.norm(expected)
    print(f"{given.preset} at {reference.shape}: the gradient is {off:.1e} off.\n")
    network = reference.network
    values = network.forward(x.reshape(reference.shape), [item.name for item in network.layers])
    for difference in differences(network, values, engine.decisions(x)):
        print("\n".join(explain(network, values, difference)))


if __name__ == "__main__":
    main()
