"""Winograd's transforms are exact in rational numbers, and close in float32."""

from fractions import Fraction

import numpy as np
import pytest

from backpaint.cpu.convolution import large_filters, products
from backpaint.cpu.convolution.large_filters import LargeFilters, are_few, are_large
from backpaint.cpu.convolution.tiles import Piece, clear_frame, extent, framed_shape, interior
from backpaint.cpu.convolution.winograd import (
    FILTER,
    FILTER_TILE,
    INPUT,
    OUTPUT,
    POINTS,
    cook_toom,
    transform_filters,
)
from backpaint.cpu.convolution.winograd_convolution import SmallFilters
from backpaint.cpu.network.scratch import winograd
from backpaint.cpu.threads.team import Team
from backpaint.cpu.threads.workspace import Workspace
from backpaint.reference.conv import conv_backward_input, conv_forward

from ...tolerances import assert_close

WINOGRAD_OPERATION = 1e-5
"""Measured on random numbers: 3e-6; 5e-5 is allowed."""

TEXTBOOK = tuple(Fraction(point) for point in (0, 1, -1, 2, -2))

SHAPES = (
    (1, 1, 64, 64),
    (1, 9, 64, 128),
    (6, 5, 128, 64),
    (4, 4, 64, 64),
    (13, 22, 128, 256),
    (22, 13, 256, 128),
    (70, 3, 64, 64),
    (3, 262, 128, 64),
    (2, 133, 256, 256),
    (60, 52, 128, 256),
)
"""Height, width, channels in and out; small filters and such that all threads share.

The two widest are cut along the width as well."""


def multiply(matrix, vector):
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


@pytest.mark.parametrize("points", [POINTS, TEXTBOOK])
def test_one_dimension_is_exact_for_every_basis_vector(points):
    b_t, g, a_t = cook_toom(points)
    for i in range(6):
        for j in range(3):
            inputs = [Fraction(int(k == i)) for k in range(6)]
            taps = [Fraction(int(k == j)) for k in range(3)]
            products = [
                a * b for a, b in zip(multiply(b_t, inputs), multiply(g, taps), strict=True)
            ]
            expected = [sum(inputs[k + a] * taps[a] for a in range(3)) for k in range(4)]
            assert multiply(a_t, products) == expected


def test_the_textbook_points_give_the_textbook_outputs():
    _, g, a_t = cook_toom(TEXTBOOK)
    assert a_t[3] == [0, 1, -1, 8, -8, 1]  # Lavin and Gray, equation 15
    assert g[3] == [1, 2, 4]  # theirs is this over 24, which the inputs get back


def test_points_are_their_own_inverses():
    others = {point for point in POINTS if point != 0}
    assert {1 / point for point in others} == others


def test_two_dimensions_and_turned_tiles():
    rng = np.random.default_rng(0)
    tile, w = rng.normal(size=(6, 6)), rng.normal(size=(3, 3))
    expected = np.array(
        [[np.sum(tile[i : i + 3, j : j + 3] * w) for j in range(4)] for i in range(4)]
    )
    turned = np.array(
        [[np.sum(tile[i : i + 3, j : j + 3] * w[::-1, ::-1]) for j in range(4)] for i in range(4)]
    )
    filters = FILTER @ w @ FILTER.T
    upright = OUTPUT @ (filters * (INPUT @ tile @ INPUT.T)) @ OUTPUT.T
    assert_close("upright", upright, expected, 1e-13)
    assert_close("filter", FILTER_TILE @ w.ravel(), filters.ravel(), 1e-13)
    inputs, outputs = INPUT[:, ::-1], OUTPUT[::-1]
    backwards = outputs @ (filters * (inputs @ tile @ inputs.T)) @ outputs.T
    assert_close("turned", backwards, turned, 1e-13)


def convolve(convolution, x, threads=2):
    height, width, _ = x.shape
    size = (height, width)
    framed = np.full(framed_shape(*x.shape), np.nan, np.float32)
    clear_frame(framed, *size)
    interior(framed, *size)[:] = x
    y = np.full((*size, convolution.channels_out), np.nan, np.float32)

    def finish(slot: int, piece: Piece, part: np.ndarray) -> None:
        rows, columns = extent(piece)
        y[piece.rows, piece.columns] = part[:rows, :columns]

    scratch = winograd(size, convolution.channels_in, convolution.channels_out)
    work = Workspace(scratch, threads)
    work.shared = np.empty(scratch.shared, np.float32)
    convolution.run(Team(threads), work, framed, size, finish)
    return y


@pytest.mark.parametrize("shape", SHAPES)
def test_operation_against_the_reference(shape):
    height, width, channels, outputs = shape
    rng = np.random.default_rng(1)
    w = rng.normal(size=(3, 3, channels, outputs)).astype(np.float32)
    large = are_large(channels, outputs)
    forward = LargeFilters(w) if large else SmallFilters(transform_filters(w))
    x = rng.normal(size=(height, width, channels)).astype(np.float32)
    y = conv_forward(x.astype(float), w.astype(float), np.zeros(outputs))
    assert_close("y", convolve(forward, x), y, WINOGRAD_OPERATION)
    grad_y = rng.normal(size=(height, width, outputs)).astype(np.float32)
    grad_x = conv_backward_input(grad_y.astype(float), w.astype(float))
    assert_close("grad_x", convolve(forward.backward(), grad_y), grad_x, WINOGRAD_OPERATION)


def test_many_tiles_and_few_take_different_ways_to_the_same_result():
    """One map alone has few tiles; among its like, many."""
    rng = np.random.default_rng(3)
    forward = LargeFilters(rng.normal(size=(3, 3, 136, 200)).astype(np.float32))
    assert not are_few(forward.pieces((64, 44)))
    assert are_few(forward.pieces((16, 44)))
    for convolution in (forward, forward.backward()):
        x = rng.normal(size=(64, 44, convolution.channels_in)).astype(np.float32)
        whole, part = convolve(convolution, x), convolve(convolution, x[16:32])
        # The part's outer rows see zeros instead of their neighbors.
        assert_close("rows", part[1:-1], whole[17:31], WINOGRAD_OPERATION)


def test_large_filters_are_never_copied():
    w = np.ones((3, 3, 256, 128), np.float32)
    forward = LargeFilters(w)
    assert np.shares_memory(w, forward.filters)
    assert np.shares_memory(w, forward.backward().filters)


def test_chosen_points_round_better_than_the_textbook():
    rng = np.random.default_rng(2)
    d, w = rng.normal(size=(256, 36)), rng.normal(size=(256, 9))

    def error(points):
        b_t, g, a_t = (np.array(m, float) for m in cook_toom(points))
        single = [np.kron(m, m).astype(np.float32) for m in (b_t, g, a_t)]
        products = (single[0] @ d.T.astype(np.float32)) * (single[1] @ w.T.astype(np.float32))
        exact = np.kron(a_t, a_t) @ ((np.kron(b_t, b_t) @ d.T) * (np.kron(g, g) @ w.T))
        return np.sqrt(np.mean((single[2] @ products - exact) ** 2))

    assert error(POINTS) < 0.7 * error(TEXTBOOK)


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("height", [32, 56], ids=["few tiles", "many tiles"])
def test_every_kernel_of_blas_gets_products_that_are_right(in_place, height, monkeypatch):
    for module in (products, large_filters):
        monkeypatch.setattr(module, "reads_in_place", lambda: in_place)
    rng = np.random.default_rng(5)
    forward = LargeFilters(rng.normal(size=(3, 3, 128, 192)).astype(np.float32))
    for convolution, w in ((forward, forward.filters), (forward.backward(), None)):
        x = rng.normal(size=(height, 52, convolution.channels_in)).astype(np.float32)
        assert are_few(convolution.pieces((height, 52))) == (height == 32)
        y = (
            conv_backward_input(x.astype(float), forward.filters.astype(float))
            if w is None
            else conv_forward(x.astype(float), w.astype(float), np.zeros(192))
        )
        assert_close("y", convolve(convolution, x), y, WINOGRAD_OPERATION)
