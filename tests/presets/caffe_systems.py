"""Transcriptions of the paper and of the systems on Caffe, Torch7 and DeepPy.

See `tensorflow_systems` for arguments and results.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .torch_vgg import (
    Array,
    Orientation,
    TorchVGG,
    average_ceil,
    average_floor,
    constant,
    feed,
    gradient,
    gram,
    leaf,
    max_ceil,
    overlapping_by_count,
    overlapping_by_nine,
    sse,
)

MEAN = (123.68, 116.779, 103.939)  # R, G, B
FIRST_OF_EACH_BLOCK = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
ALL = (*FIRST_OF_EACH_BLOCK, "relu4_2")


def gatys(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    *,
    style_weight: float,
    shares: tuple[float, ...] = (1.0,),
) -> tuple[float, Array]:
    """arXiv:1508.06576, equations 1 to 7, with average pooling.

    Each Gram matrix is divided by the number of positions of its own image: equation 4 with N and M
    when both have one size.
    """

    def network(pixels: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(pixels - constant(MEAN), "bgr"), ALL, average_floor)

    def gram_of(f: Tensor) -> Tensor:
        return gram(f) / f.shape[1]

    image = leaf(x)
    painted, target = network(image), network(constant(content))
    loss = sse(painted["relu4_2"], target["relu4_2"]) / 2
    for pixels, share in zip(styles, shares, strict=True):
        style = network(constant(pixels))
        for layer in FIRST_OF_EACH_BLOCK:
            n = painted[layer].shape[0]
            energy = sse(gram_of(painted[layer]), gram_of(style[layer])) / (4 * n**2)
            loss = loss + style_weight * share * energy / 5
    return loss.item(), gradient(loss, image)


def house(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    *,
    shares: tuple[float, ...] = (1.0,),
) -> tuple[float, Array]:
    """docs/systems/backpaint.md: each term is the part of its target that is missed."""

    def network(pixels: Tensor) -> dict[str, Tensor]:
        seen = feed(pixels - constant(MEAN), "bgr")
        return vgg.run(seen, ALL, average_floor, first_padding="replicate")

    def mean_gram(f: Tensor) -> Tensor:
        flat = f.flatten(1)
        return torch.einsum("im,jm->ij", flat, flat) / flat.shape[1]

    image = leaf(x)
    painted, target = network(255 * image), network(constant(content))

    def missed(found: Tensor, wanted: Tensor) -> Tensor:
        return torch.sum((found - wanted) ** 2) / torch.sum(wanted**2)

    loss = 500.0 * missed(painted["relu4_2"], target["relu4_2"])
    for pixels, share in zip(styles, shares, strict=True):
        style = network(constant(pixels))
        for layer in FIRST_OF_EACH_BLOCK:
            distance = missed(mean_gram(painted[layer]), mean_gram(style[layer]))
            loss = loss + share * 1e4 * 0.2 * distance
    return loss.item(), gradient(loss, image)


def caffe_content(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """The Caffe article: content only, conv4_2 before its ReLU, and a loss that is no square."""

    def network(variable: Tensor) -> Tensor:
        return vgg.run(feed(variable, "bgr"), ("conv4_2",), max_ceil)["conv4_2"]

    image = leaf(x)
    difference = network(image) - network(constant(content) - constant((122.0, 116.0, 104.0)))
    logged = 0.5 * torch.linalg.vector_norm(difference.detach())
    (grad,) = torch.autograd.grad(difference, image, grad_outputs=difference.detach())
    return logged.item(), grad.numpy()


def fzliu(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """fzliu/style-transfer, style.py, VGG-16 from the command line: ratio 1e4.

    Blobs are read after in-place ReLUs; the mask F > 0 on the gradient is theirs.  The style's Gram
    matrix comes from an image of another size and is compared as it is.
    """
    mean = constant((122.67891434, 116.66876762, 104.00698793))
    ratio = 1e4

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), ALL, average_ceil)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) - mean)
    style = network(constant(styles[0]) - mean)

    loss = 1 * sse(painted["relu4_2"], target["relu4_2"]) / 2
    for layer in FIRST_OF_EACH_BLOCK:
        n, m = painted[layer].shape
        c = float(n) ** -2 * float(m) ** -2
        loss = loss + ratio * 0.2 * c / 4 * sse(gram(painted[layer]), gram(style[layer]))
    return loss.item(), gradient(loss, image)


def jcjohnson(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """jcjohnson/neural-style, neural_style.lua: 256 for 255, and a smoothness without a loss."""
    mean = constant(MEAN)

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), ALL, max_ceil)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255 * 256 - mean)
    style = network(constant(styles[0]) / 255 * 256 - mean)

    mean_square = torch.nn.MSELoss()
    loss = 5e0 * mean_square(painted["relu4_2"], target["relu4_2"])
    for layer in FIRST_OF_EACH_BLOCK:
        g = gram(painted[layer]) / painted[layer].numel()
        a = gram(style[layer]) / style[layer].numel()
        loss = loss + 1e2 * mean_square(g, a)
    return loss.item(), gradient(loss, image) + 1e-3 * torch7_smoothness(image.detach()).numpy()


def torch7_smoothness(image: Tensor) -> Tensor:
    """What nn.TVLoss adds on the way back: differences of the block without last row and column."""
    grad = torch.zeros_like(image)
    x_difference = image[:-1, :-1] - image[:-1, 1:]
    y_difference = image[:-1, :-1] - image[1:, :-1]
    grad[:-1, :-1] += x_difference + y_difference
    grad[:-1, 1:] -= x_difference
    grad[1:, :-1] -= y_difference
    return grad


def andersbll(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    *,
    cudnn: bool = False,
) -> tuple[float, Array]:
    """andersbll/neural_artistic_style, style_network.py, on CUDArray's two back ends.

    Each layer's gradient is divided by its own L1 norm, which the loss takes for a constant.
    """
    pool = overlapping_by_count if cudnn else overlapping_by_nine
    orientation: Orientation = "turned" if cudnn else "upright"

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, vgg.order), ALL, pool, orientation)

    image = leaf(x)
    painted = network(image)
    subject = network(constant(content) - constant(MEAN))
    style = network(constant(styles[0]) - constant(MEAN))

    difference = painted["relu4_2"] - subject["relu4_2"]
    norm = difference.detach().abs().sum() + 1e-8
    loss = 0.5 * 0.02 / norm * (difference**2).sum()
    for layer in FIRST_OF_EACH_BLOCK:
        f = painted[layer]
        scale = f.shape[1] / style[layer].shape[1]
        difference = gram(f) - scale * gram(style[layer])
        norm = (difference @ f).detach().abs().sum()
        loss = loss + 0.25 * 0.2 / norm * (difference**2).sum()

    stencil = constant((0, 1, 0, 1, -4, 1, 0, 1, 0)).reshape(1, 1, 3, 3) / 8
    planes = image.detach().permute(2, 0, 1)[:, None]  # (3, 1, H, W)
    curvature = F.conv2d(planes, stencil, padding=1)[:, 0].permute(1, 2, 0)  # (H, W, 3)
    return loss.item(), gradient(loss, image) - 5e-8 * curvature.numpy()


def gatys_2017(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """leongatys/NeuralImageSynthesis, ColourControl.ipynb and LossLayers.lua: MSE and GramMSE.

    The style's colors are matched before the network sees it: `pca` of the notebook's match_color.
    """
    channels = dict(zip(FIRST_OF_EACH_BLOCK, (64, 128, 256, 512, 512), strict=True))
    imagenet_mean = constant((0.48501961, 0.45795686, 0.40760392))

    def preprocess(image: Tensor) -> Tensor:
        return 255 * (image - imagenet_mean)

    def activations(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), ALL, max_ceil)

    def root(matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        root: Tensor = vectors @ torch.diag(values.sqrt()) @ vectors.T
        return root

    def match_color(target: Tensor, source: Tensor, eps: float = 1e-5) -> Tensor:
        t, s = (image.reshape(-1, 3).T for image in (target, source))
        mu_t, mu_s = t.mean(1, keepdim=True), s.mean(1, keepdim=True)
        t, s = t - mu_t, s - mu_s
        floor = eps * torch.eye(3, dtype=t.dtype)
        c_t, c_s = (m @ m.T / m.shape[1] + floor for m in (t, s))
        matched: Tensor = root(c_s) @ torch.linalg.inv(root(c_t)) @ t + mu_s
        return matched.clamp(0, 1).T.reshape(target.shape)

    image = leaf(x)
    painted = activations(image)
    photo = constant(content) / 255
    target = activations(preprocess(photo))
    style = activations(preprocess(match_color(constant(styles[0]) / 255, photo)))
    loss = 1.0 * (painted["relu4_2"] - target["relu4_2"]).square().mean()
    for layer, n in channels.items():
        own, wanted = (gram(f[layer]) / f[layer].shape[1] for f in (painted, style))
        loss = loss + 1e3 / n**2 * (own - wanted).square().mean()
    return loss.item(), gradient(loss, image)
