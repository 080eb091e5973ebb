"""Histograms channel by channel: against ranks and quantiles of SciPy and NumPy."""

import numpy as np

from backpaint.color.histogram import match_histogram

from ..problems import pixels


def test_a_level_goes_to_the_contents_quantile_at_its_mean_rank():
    """Mean ranks by `scipy.stats.rankdata`; NumPy's quantiles by Hazen's rule, (k - 1/2) / N."""
    from scipy.stats import rankdata  # slow to import

    rng = np.random.default_rng(4)
    style = rng.integers(0, 12, (9, 8, 3)).astype(float)  # many ties
    content = rng.integers(0, 256, (7, 13, 3)).astype(float)
    matched = match_histogram(style, content)
    for channel in range(3):
        ranks = rankdata(style[..., channel].ravel(), method="average")
        at = (ranks - 0.5) / ranks.size
        expected = np.quantile(content[..., channel], at, method="hazen")
        np.testing.assert_allclose(matched[..., channel].ravel(), expected, rtol=1e-12)


def test_of_different_levels_each_takes_the_one_of_its_rank():
    style, content = pixels(6, 7, 0), pixels(6, 7, 1)
    matched = match_histogram(style, content)
    for channel in range(3):
        found, wanted = matched[..., channel].ravel(), content[..., channel].ravel()
        np.testing.assert_allclose(np.sort(found), np.sort(wanted), rtol=1e-12)
        assert np.array_equal(np.argsort(found), np.argsort(style[..., channel].ravel()))


def waves(seed, height=9, width=11):
    """A picture without equal values, which any program can make again."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    return np.stack(
        [
            100 + 60 * np.sin(x / (2 + c) + y / 3 + seed) + rng.uniform(0, 40, (height, width))
            for c in range(3)
        ],
        axis=-1,
    )


def test_without_ties_it_is_what_scikit_image_computes():
    """scikit-image 0.26.0, skimage.exposure.match_histograms(..., channel_axis=-1)."""
    expected = [
        [170.529362, 162.953307, 122.242755],
        [193.394538, 181.857975, 132.635975],
        [163.317581, 162.172322, 165.896344],
    ]
    found = match_histogram(waves(1), waves(2))[0, :3]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_flat_style_takes_the_middle_and_a_flat_content_its_level():
    content = pixels(5, 5, 2)
    flat = np.full((3, 4, 3), 9.0)
    middle = np.median(content.reshape(-1, 3), axis=0)
    np.testing.assert_allclose(match_histogram(flat, content), np.broadcast_to(middle, flat.shape))
    assert (match_histogram(content, flat) == 9).all()
