"""What each system makes of a photograph before its network sees it.

Where a system resizes with Pillow, its own lines are written out here and ours must give the same
levels, bit for bit.  torchvision and Keras call Pillow; both were run on photographs and gave these
levels.  Where it resizes with a library that the tests do without, a few numbers of that library
stand here.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from backpaint.examples import example_path
from backpaint.images import content_size, fit, style_size
from backpaint.presets import load_preset, preset_names

Array = NDArray[np.float64]
Loader = Callable[[Image.Image], Image.Image]


def short_side(size: int) -> Loader:
    """torchvision's Resize and, before it was called so, Scale."""

    def load(image: Image.Image) -> Image.Image:
        w, h = image.size
        wide = (int(size * w / h), size) if h < w else (size, int(size * h / w))
        return image.resize(wide, Image.Resampling.BILINEAR)

    return load


def pytorch_adam(image: Image.Image) -> Image.Image:
    size = 400 if max(image.size) > 400 else max(image.size)
    return short_side(size)(image)


def keras_load_img(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.resize((int(width * 400 / height), 400), Image.Resampling.NEAREST)


def old_default(image: Image.Image) -> Image.Image:
    """Pillow's resize before version 7.0, asked for nothing but a size."""
    return image.resize((512, 512), Image.Resampling.NEAREST)


def neural_style_pt(image: Image.Image) -> Image.Image:
    height, width = (int(512.0 / max(image.size) * x) for x in (image.height, image.width))
    return image.resize((width, height), Image.Resampling.BILINEAR)


def titu1994(image: Image.Image) -> Image.Image:
    rows = 400
    columns = int(rows * (float(image.width) / image.height))
    return image.resize((columns, rows), Image.Resampling.BILINEAR)  # scipy.misc.imresize


def pystiche(image: Image.Image) -> Image.Image:
    ratio = image.width / image.height
    height, width = (round(512 / ratio), 512) if ratio < 1 else (512, round(512 * ratio))
    return image.resize((width, height), Image.Resampling.BILINEAR)


def as_it_is(image: Image.Image) -> Image.Image:
    return image


WITH_PILLOW: dict[str, Loader] = {
    "tf-vgg16-lbfgs": old_default,
    "hnarayanan": old_default,
    "keras-example": keras_load_img,
    "pytorch-tutorial": short_side(512),
    "pytorch-tutorial-0.3": short_side(256),
    "pytorch-adam": pytorch_adam,
    "neural-style-pt": neural_style_pt,
    "titu1994": titu1994,
    "pystiche": pystiche,
    "anishathalye": as_it_is,
}
"""Those that hand their network 8-bit pictures, but for gatys-pytorch, whose Pillow is gone."""
WITHOUT = {
    *("backpaint", "gatys", "tf-tutorial", "caffe-content", "andersbll", "fzliu", "log0"),
    "jcjohnson",
}
"""The house and the paper; those that never resize; and those whose library gives fractions of
levels."""


@pytest.fixture(scope="module", params=["cat", "woodcut"])
def photograph(request) -> Image.Image:
    with Image.open(example_path(request.param)) as picture:
        return picture.convert("RGB")


def ours(preset: str, image: Image.Image) -> Array:
    options = load_preset(preset).images
    pixels = np.asarray(image, dtype=np.float64)
    return fit(pixels, content_size(options, pixels.shape[:2]), options)


@pytest.mark.parametrize("preset", WITH_PILLOW)
@pytest.mark.parametrize("turned", [False, True], ids=["landscape", "portrait"])
def test_pillows_levels_bit_for_bit(preset, turned, photograph):
    image = photograph.transpose(Image.Transpose.ROTATE_90) if turned else photograph
    theirs = np.asarray(WITH_PILLOW[preset](image))
    np.testing.assert_array_equal(ours(preset, image), theirs)


def test_who_rounds_to_whole_levels():
    rounding = {name for name in preset_names() if load_preset(name).images.eight_bit}
    assert rounding == {*WITH_PILLOW, "gatys-pytorch"}
    assert set(preset_names()) - rounding == WITHOUT


def test_anishathalye_resizes_the_style_by_a_truncated_factor(photograph):
    """imresize multiplies both sides by content width over style width, and asks for no filter."""
    factor = 1.0 * 300 / photograph.width
    size = (int(photograph.width * factor), int(photograph.height * factor))
    options = load_preset("anishathalye").images
    pixels = np.asarray(photograph, dtype=np.float64)
    found = fit(pixels, style_size(options, pixels.shape[:2], (200, 300)), options)
    np.testing.assert_array_equal(found, np.asarray(photograph.resize(size)))


def test_gatys_pytorch_samples_and_rounds(photograph):
    """Between the four pixels around each new center, as Pillow's affine transform still does."""
    image = photograph.resize((96, 64))
    options = load_preset("gatys-pytorch").images
    found = fit(np.asarray(image, dtype=np.float64), (43, 64), options)
    scale = (1.5, 0, 0, 0, 64 / 43, 0)
    planes = [channel.convert("F") for channel in image.split()]
    sampled = [
        plane.transform((64, 43), Image.Transform.AFFINE, scale, Image.Resampling.BILINEAR)
        for plane in planes
    ]
    np.testing.assert_array_equal(found, np.rint(found))
    np.testing.assert_allclose(found, np.stack(sampled, axis=-1), rtol=0, atol=0.5 + 1e-4)


PATCH = [
    [82, 79, 83, 81, 83, 88],
    [78, 79, 81, 81, 85, 88],
    [79, 82, 81, 83, 82, 82],
    [88, 87, 78, 80, 85, 83],
]
"""Red levels of a photograph."""


@pytest.mark.parametrize("preset", ["tf-tutorial", "fzliu"])
@pytest.mark.parametrize(
    "expected",
    [
        [[79.75, 81.25, 81.75, 87.0], [83.75, 80.75, 82.0, 82.75]],
        [[80.5, 82, 85.5], [79.1, 81.3, 86.2], [79.5, 81.5, 84.25], [82.6, 81.1, 82.6],
         [87.5, 79, 84]],
    ],
    ids=["2x4", "5x3"],
)  # fmt: skip
def test_sampling_as_tensorflow_and_scikit_image(preset, expected):
    """Numbers of tf.image.resize 2.x; scikit-image's rescale of order 1 gave the same."""
    options = load_preset(preset).images
    pixels = np.repeat(np.array(PATCH, dtype=np.float64)[:, :, np.newaxis], 3, axis=2)
    found = fit(pixels, np.shape(expected), options)
    np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-4)
