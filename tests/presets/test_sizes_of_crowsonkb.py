"""The preset with sizes beside a transcription of its program's loop, from size to size."""

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.presets import load_preset, recipe

from ..reference.thin import thin_weights

torch = pytest.importorskip("torch", reason="the judge is written in PyTorch: pip install torch")

from .pytorch_systems import crowsonkb  # noqa: E402
from .torch_vgg import TorchVGG  # noqa: E402

START, END, FIRST_STEPS, STEPS = 24, 48, 3, 2
LOSS, PICTURE = 1e-9, 1e-7
"""A loss is a sum in float64; a step is a gradient over its own size, however small that is."""


def gen_scales(start, end):
    """style_transfer.py: down from the last by the root of 2."""
    scales, scale, i = set(), end, 0
    while scale >= start:
        scales.add(scale)
        i += 1
        scale = round(end / pow(2, i / 2))
    return sorted(scales)


def fitted(image, longest, scale_up=False):
    w, h = image.size
    if scale_up or max(w, h) > longest:
        w, h = (round(longest * w / h), longest) if h > w else (longest, round(longest * h / w))
    return np.asarray(image.resize((w, h), Image.Resampling.BICUBIC), float)


def interpolated(x, size, mode):
    planes = x.detach().permute(2, 0, 1)[None]
    return torch.nn.functional.interpolate(planes, size, mode=mode)[0].permute(1, 2, 0).clone()


class EMA:
    """Begins with the picture, and corrects for beginning at zero."""

    def __init__(self, start, decay):
        self.value, self.decay, self.accum = torch.zeros_like(start), decay, 1.0
        self.update(start)

    def update(self, x):
        self.accum *= self.decay
        self.value = self.value * self.decay + (1 - self.decay) * x.detach()

    def get(self):
        return self.value / (1 - self.accum)


def stylized(vgg, content_image, style_image):
    """style_transfer.py, `stylize`: all losses, and the average at the end."""
    scales, losses, state = gen_scales(START, END), [], None
    image = torch.tensor(fitted(content_image, scales[0], scale_up=True)) / 255
    for scale in scales:
        content = fitted(content_image, scale, scale_up=True)
        size = content.shape[:2]
        image = interpolated(image, size, "bicubic").clamp(0, 1).requires_grad_()
        average = EMA(image, 0.99)
        optimizer = torch.optim.Adam([image], lr=0.02, betas=(0.9, 0.99))
        if state is not None:
            for group in state["state"].values():
                group["exp_avg"] = interpolated(group["exp_avg"], size, "bicubic")
                group["exp_avg_sq"] = interpolated(group["exp_avg_sq"], size, "bilinear").relu()
            optimizer.load_state_dict(state)
        for _ in range(FIRST_STEPS if state is None else STEPS):
            shown = fitted(style_image, scale)
            loss, slope = crowsonkb(vgg, content, (shown,), image.detach().numpy())
            losses.append(loss)
            image.grad = torch.tensor(slope)
            optimizer.step()
            with torch.no_grad():
                image.clamp_(0, 1)
            average.update(image)
        state, image = optimizer.state_dict(), average.get()
    return losses, image.numpy()


def test_every_loss_of_every_size_is_the_programs(content, style):
    """At the last size the content is enlarged, and the style is not."""
    weights = thin_weights()
    images = [Image.fromarray(pixels.astype(np.uint8)) for pixels in (content, style)]
    losses, picture = stylized(TorchVGG(weights), *images)
    small = {"scales.sizes": gen_scales(START, END)[:-1], "scales.iterations": [FIRST_STEPS, STEPS]}
    painting = backpaint.paint(
        content.astype(np.uint8),
        style.astype(np.uint8),
        preset=recipe("crowsonkb", size=END, iterations=STEPS, changes=small),
        weights=weights,
        engine=backpaint.Reference(dtype="float64"),
    )
    assert [record.scale for record in painting.history] == [0, 0, 0, 1, 1, 2, 2]
    assert [record.loss for record in painting.history] == pytest.approx(losses, rel=LOSS)
    assert np.abs(painting.x.reshape(picture.shape) - picture).max() <= PICTURE


def test_the_sizes_are_those_that_the_program_counts_down_to():
    made = load_preset("crowsonkb")
    assert [*made.scales.sizes, made.images.size] == gen_scales(128, 512)
    assert made.scales.iterations == (1000, 500, 500, 500)
