"""Keeping the content's colors, against Pillow's and the textbook's Y'UV."""

import numpy as np

from backpaint.color import keep_color

# ITU-R BT.470, System M: Y, U = 0.492 (B - Y), V = 0.877 (R - Y)
Y = np.array([0.299, 0.587, 0.114])
YUV = np.stack([Y, 0.492 * (np.array([0, 0, 1]) - Y), 0.877 * (np.array([1, 0, 0]) - Y)])


def test_luminance_of_the_painting_chrominance_of_the_content():
    rng = np.random.default_rng(0)
    painting = rng.uniform(100, 150, (6, 7, 3))
    content = rng.uniform(100, 150, (6, 7, 3))
    mixed = keep_color(painting, content) @ YUV.T
    np.testing.assert_allclose(mixed[..., 0], (painting @ YUV.T)[..., 0], rtol=1e-12)
    np.testing.assert_allclose(mixed[..., 1:], (content @ YUV.T)[..., 1:], atol=1e-10)


def test_content_is_resized_and_the_result_clipped():
    painting = np.zeros((8, 4, 3))
    painting[4:] = 255
    kept = keep_color(painting, np.full((16, 8, 3), [200.0, 100.0, 0.0]))
    assert kept.shape == painting.shape
    assert kept.min() == 0
    assert kept.max() == 255


def test_painting_a_picture_over_itself_changes_nothing():
    content = np.random.default_rng(1).uniform(0, 255, (5, 6, 3))
    np.testing.assert_allclose(keep_color(content, content), content, atol=1e-10)
