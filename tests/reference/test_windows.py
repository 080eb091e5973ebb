import numpy as np
import pytest

from backpaint.reference.windows import corners, pooled_length, whole_windows


@pytest.mark.parametrize(
    ("length", "floor", "ceil"), [(1, 0, 1), (2, 1, 1), (3, 1, 2), (4, 2, 2), (5, 2, 3)]
)
def test_pooled_length(length, floor, ceil):
    assert pooled_length(length, "floor") == floor
    assert pooled_length(length, "ceil") == ceil


def test_unknown_edge_is_named():
    with pytest.raises(ValueError, match=r"edge is 'same'; expected 'floor' or 'ceil'"):
        pooled_length(4, "same")  # type: ignore[arg-type]


def test_floor_drops_and_ceil_fills():
    x = np.arange(1.0, 16.0).reshape(3, 5, 1)
    np.testing.assert_array_equal(
        whole_windows(x, "floor", -7.0)[:, :, 0], [[1, 2, 3, 4], [6, 7, 8, 9]]
    )
    np.testing.assert_array_equal(
        whole_windows(x, "ceil", -7.0)[:, :, 0],
        [
            [1, 2, 3, 4, 5, -7],
            [6, 7, 8, 9, 10, -7],
            [11, 12, 13, 14, 15, -7],
            [-7, -7, -7, -7, -7, -7],
        ],
    )


def test_corners_come_in_reading_order_and_can_be_written():
    windows = np.arange(1.0, 9.0).reshape(2, 4, 1)
    assert [corner[0, :, 0].tolist() for corner in corners(windows)] == [
        [1, 3],
        [2, 4],
        [5, 7],
        [6, 8],
    ]
    for number, corner in enumerate(corners(windows)):
        corner[...] = number
    np.testing.assert_array_equal(windows[:, :, 0], [[0, 1, 0, 1], [2, 3, 2, 3]])


@pytest.mark.parametrize("shape", [(1, 4, 2), (4, 1, 2)])
def test_too_small_image_is_refused(shape):
    message = rf"an image of {shape[0]} x {shape[1]} is too small for 2x2 pooling with edge floor"
    with pytest.raises(ValueError, match=message):
        whole_windows(np.zeros(shape), "floor", 0.0)
    assert whole_windows(np.zeros(shape), "ceil", 0.0).shape == tuple(n + n % 2 for n in shape)
