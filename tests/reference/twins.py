"""The operations in PyTorch, under the same names, for (height, width, channels).

PyTorch itself wants (batch, channels, height, width) and filters (out, in, height, width).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def planes(x: Tensor) -> Tensor:
    return x.permute(2, 0, 1)[None]


def pixels(y: Tensor) -> Tensor:
    return y[0].permute(1, 2, 0)


def conv_forward(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return pixels(F.conv2d(planes(x), w.permute(3, 2, 0, 1), b, padding=1))


def relu_forward(x: Tensor) -> Tensor:
    return F.relu(x)


def max_pool_forward(x: Tensor, edge: str) -> Tensor:
    return pixels(F.max_pool2d(planes(x), 2, ceil_mode=edge == "ceil"))


def average_pool_forward(x: Tensor, edge: str) -> Tensor:
    ceil = edge == "ceil"
    return pixels(F.avg_pool2d(planes(x), 2, ceil_mode=ceil, count_include_pad=False))


def overlapping_average_pool_forward(x: Tensor, count_padding: bool) -> Tensor:
    y = F.avg_pool2d(planes(x), 3, stride=2, padding=1, count_include_pad=count_padding)
    return pixels(y)


def relu6_forward(x: Tensor, ceiling: float) -> Tensor:
    return F.hardtanh(x, 0, ceiling)


def sigmoid_forward(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


def strided_conv_forward(x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
    return pixels(F.conv2d(planes(x), w.permute(3, 2, 0, 1), b, stride))


def depthwise_conv_forward(x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
    filters = w.permute(2, 0, 1)[:, None]
    return pixels(F.conv2d(planes(x), filters, b, stride, groups=b.numel()))


def reflection_pad_forward(x: Tensor, border: int) -> Tensor:
    return pixels(F.pad(planes(x), (border,) * 4, mode="reflect"))


def instance_norm_forward(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    normal = F.layer_norm(planes(x), x.shape[:2], eps=epsilon)  # instance_norm refuses one pixel
    return pixels(normal) * gamma + beta


def upsample_forward(x: Tensor, factor: int) -> Tensor:
    return pixels(F.interpolate(planes(x), scale_factor=factor, mode="nearest"))


def edge_pad_forward(x: Tensor) -> Tensor:
    return pixels(F.pad(planes(x), (1, 1, 1, 1), mode="replicate"))


def linear_forward(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return F.linear(x, w.T, b)


def softmax_forward(z: Tensor) -> Tensor:
    return F.softmax(z, dim=0)


def cross_entropy_forward(z: Tensor, label: int) -> Tensor:
    return F.cross_entropy(z[None], torch.tensor([label]))


def gram_forward(x: Tensor, divisor: float, weights: Tensor | None = None) -> Tensor:
    counted = x if weights is None else x * weights[..., None]
    return torch.einsum("hwc,hwd->cd", counted, x) / divisor


def squared_error_forward(
    x: Tensor, target: Tensor, divisor: float, weights: Tensor | None = None
) -> Tensor:
    squares = F.mse_loss(x, target, reduction="none")
    return (squares if weights is None else squares * weights[..., None]).sum() / divisor


def masked_squared_error_forward(x: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return (mask[..., None] * F.mse_loss(x, target, reduction="none")).mean()


def style_loss_forward(
    x: Tensor, gram: Tensor, gram_divisor: float, divisor: float, shift: float = 0.0
) -> Tensor:
    return squared_error_forward(gram_forward(x + shift, gram_divisor), gram, divisor)


def moments_forward(x: Tensor, weights: Tensor) -> Tensor:
    p = F.pad(x, (1, 0), value=1.0)
    return torch.einsum("hwc,hwd->cd", p * weights[..., None], p)


def cloud(x: Tensor) -> tuple[Tensor, Tensor]:
    f = x.reshape(-1, x.shape[2])
    return f.mean(dim=0), torch.cov(f.T, correction=0).reshape(x.shape[2], x.shape[2])


def covariance_loss_forward(x: Tensor, style: Tensor, area: float, divisor: float) -> Tensor:
    return F.mse_loss(cloud(x)[1], area * cloud(style)[1], reduction="sum") / divisor


def mean_deviation_loss_forward(x: Tensor, style: Tensor, epsilon: float) -> Tensor:
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + w.trace() / len(w))
    sigma, tau = (v.diagonal() + added).sqrt(), (w.diagonal() + added).sqrt()
    return F.mse_loss(mean, wanted) + F.mse_loss(sigma, tau)


def wasserstein_loss_forward(x: Tensor, style: Tensor, epsilon: float) -> Tensor:
    """By singular values: tr (W^1/2 V W^1/2)^1/2 is their sum, of L_V^T L_W."""
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + w.trace() / len(w)) * torch.eye(len(w), dtype=w.dtype)
    v, w = v + added, w + added
    half = torch.linalg.cholesky(v).T @ torch.linalg.cholesky(w)
    traces = v.trace() + w.trace() - 2 * torch.linalg.svdvals(half).sum()
    return F.mse_loss(mean, wanted) + traces / len(w)


def newton_schulz(a: Tensor, steps: int) -> Tensor:
    norm, identity = torch.linalg.matrix_norm(a), torch.eye(len(a), dtype=a.dtype)
    y, z = a / norm, identity
    for _ in range(steps):
        t = (3 * identity - z @ y) / 2
        y, z = y @ t, t @ z
    return y * norm.sqrt()


def wasserstein_steps_loss_forward(
    x: Tensor, style: Tensor, epsilon: float, root_steps: int
) -> Tensor:
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + w.trace() / len(w)) * torch.eye(len(w), dtype=w.dtype)
    v, w = v + added, w + added
    half = newton_schulz(w, root_steps)
    traces = torch.trace(v + w - 2 * newton_schulz(half @ v @ half, root_steps))
    return F.mse_loss(mean, wanted) + traces / len(w)


def histogram_loss_forward(x: Tensor, style: Tensor) -> Tensor:
    y, ordered = (one.flatten(0, 1).sort(dim=0).values for one in (x, style))
    middles = (torch.arange(len(y), dtype=y.dtype) + 0.5) * len(ordered) / len(y) - 0.5
    at = middles.clamp(0, len(ordered) - 1)
    before = at.long()
    after = (before + 1).clamp(max=len(ordered) - 1)
    wanted = torch.lerp(ordered[before], ordered[after], (at - before)[:, None])
    return F.mse_loss(y, wanted)


def preprocess_forward(
    x: Tensor, scale: Sequence[float], offset: Sequence[float], order: Sequence[int]
) -> Tensor:
    return torch.stack([x[..., c] * scale[c] + offset[c] for c in order], dim=-1)


def total(values: Tensor, mean: bool) -> Tensor:
    return values.mean() if mean and values.numel() else values.sum()


def absolute_variation_forward(x: Tensor, mean: bool) -> Tensor:
    return total(x.diff(dim=0).abs(), mean) + total(x.diff(dim=1).abs(), mean)


def squared_variation_forward(x: Tensor, mean: bool) -> Tensor:
    return total(x.diff(dim=0) ** 2, mean) + total(x.diff(dim=1) ** 2, mean)


def power_variation_forward(
    x: Tensor, exponent: float, epsilon: float, mean: bool, wrap: bool
) -> Tensor:
    if wrap:
        x = torch.cat([x, x[:1]], dim=0)
        x = torch.cat([x, x[:, :1]], dim=1)
    lengths = x.diff(dim=0)[:, :-1] ** 2 + x.diff(dim=1)[:-1] ** 2 + epsilon
    return total(lengths**exponent, mean)


def laplacian_variation_forward(x: Tensor) -> Tensor:
    x = F.pad(x, (0, 0, 1, 1, 1, 1))
    return (torch.sum(x.diff(dim=0) ** 2) + torch.sum(x.diff(dim=1) ** 2)) / 16


def sliced_forward(x: Tensor, wanted: Tensor, directions: Tensor) -> Tensor:
    y = x.flatten(0, 1) @ directions
    return (y.sort(dim=0).values - wanted).square().mean()


def content_laplacian_forward(x: Tensor, content: Tensor, pool: int) -> Tensor:
    difference = planes(x - content).sum(dim=1, keepdim=True)
    if min(x.shape[:2]) < 3 * pool:
        return 0 * difference.sum()
    kernel = torch.tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=x.dtype)[None, None]
    return F.conv2d(F.avg_pool2d(difference, pool), kernel).square().mean()


def value_range_forward(
    x: Tensor, center: tuple[float, ...], half: tuple[float, ...], power: float
) -> Tensor:
    y = (x - torch.tensor(center, dtype=x.dtype)) / torch.tensor(half, dtype=x.dtype)
    return torch.linalg.vector_norm(y, power) ** power


def nine_point_variation_forward(x: Tensor) -> Tensor:
    x = F.pad(planes(x), (1, 1, 1, 1), mode="replicate")[0]
    across = (x[:, 1:-1, 2:] - x[:, 1:-1, 1:-1]) ** 2
    down = (x[:, 2:, 1:-1] - x[:, 1:-1, 1:-1]) ** 2
    falling = (x[:, 1:, 1:] - x[:, :-1, :-1]) ** 2
    rising = (x[:, 1:, :-1] - x[:, :-1, 1:]) ** 2
    return (across.mean() + down.mean()) * 2 / 3 + (falling.mean() + rising.mean()) / 6
