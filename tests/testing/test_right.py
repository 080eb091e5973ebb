"""Right functions pass: the reference's, PyTorch's in its own layout, in both precisions."""

from functools import partial

import numpy as np
import pytest

from backpaint.check.operations.statistic_loss import (
    covariance_loss_backward,
    covariance_loss_forward,
    wasserstein_loss_backward,
    wasserstein_loss_forward,
)
from backpaint.check.operations.style_loss import style_loss_backward, style_loss_forward
from backpaint.errors import UsageError
from backpaint.reference.average_pool import average_pool_backward, average_pool_forward
from backpaint.reference.content_laplacian import (
    content_laplacian_backward,
    content_laplacian_forward,
)
from backpaint.reference.conv import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weights,
    conv_forward,
)
from backpaint.reference.gram import gram_backward, gram_forward
from backpaint.reference.masked_squared_error import (
    masked_squared_error_backward,
    masked_squared_error_forward,
)
from backpaint.reference.max_pool import max_pool_backward, max_pool_forward
from backpaint.reference.relu import relu_backward, relu_forward
from backpaint.reference.sliced import quantiles, sliced_backward, sliced_forward
from backpaint.reference.squared_error import squared_error_backward, squared_error_forward
from backpaint.reference.total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)
from backpaint.reference.value_range import value_range_backward, value_range_forward
from backpaint.testing import (
    check_average_pool,
    check_content_laplacian,
    check_content_loss,
    check_conv,
    check_gram,
    check_max_pool,
    check_region_loss,
    check_relu,
    check_sliced_loss,
    check_statistic_loss,
    check_style_loss,
    check_temporal_loss,
    check_total_variation,
    check_value_range,
)

from .wrong import features


def paper(x):
    return 4 * float(x.size) ** 2


def by_channel(style):
    channels = np.eye(style.shape[2])
    return quantiles(style, channels, style.shape[0] * style.shape[1]), channels


RIGHT = {
    "conv": lambda **o: check_conv(
        conv_forward, conv_backward_input, conv_backward_weights, conv_backward_bias, **o),
    "relu": lambda **o: check_relu(relu_forward, relu_backward, **o),
    "max_pool floor": lambda **o: check_max_pool(
        lambda x: max_pool_forward(x, "floor"), lambda g, x: max_pool_backward(g, x, "floor"), **o),
    "max_pool ceil": lambda **o: check_max_pool(
        lambda x: max_pool_forward(x, "ceil"), lambda g, x: max_pool_backward(g, x, "ceil"),
        edge="ceil", **o),
    "average_pool": lambda **o: check_average_pool(
        lambda x: average_pool_forward(x, "ceil"), lambda g, x: average_pool_backward(g, x, "ceil"),
        edge="ceil", **o),
    "gram": lambda **o: check_gram(gram_forward, gram_backward, **o),
    "gram C M": lambda **o: check_gram(
        lambda x: gram_forward(x, x.size), lambda g, x: gram_backward(g, x, x.size),
        divisor="C M", **o),
    "content": lambda **o: check_content_loss(
        lambda x, p: squared_error_forward(x, p, 2),
        lambda x, p: squared_error_backward(1.0, x, p, 2), **o),
    "temporal": lambda **o: check_temporal_loss(
        masked_squared_error_forward, partial(masked_squared_error_backward, 1.0), **o),
    "style": lambda **o: check_style_loss(
        lambda x, a: style_loss_forward(x, a, 1.0, paper(x)),
        lambda x, a: style_loss_backward(1.0, x, a, 1.0, paper(x)), **o),
    "region": lambda **o: check_region_loss(
        features.region_loss(), features.region_gradient(), **o),
    "wasserstein": lambda **o: check_statistic_loss(
        lambda x, s: wasserstein_loss_forward(x, s, 0.25),
        lambda x, s: wasserstein_loss_backward(1.0, x, s, 0.25), **o),
    "covariance": lambda **o: check_statistic_loss(
        lambda x, s: covariance_loss_forward(x, s, 1.0, 1.0),
        lambda x, s: covariance_loss_backward(1.0, x, s, 1.0, 1.0), statistic="covariance", **o),
    "laplacian": lambda **o: check_content_laplacian(
        lambda x, c: content_laplacian_forward(x, c, 2),
        lambda x, c: content_laplacian_backward(1.0, x, c, 2), pool=2, **o),
    "sliced": lambda **o: check_sliced_loss(
        lambda x, s: sliced_forward(x, *by_channel(s)),
        lambda x, s: sliced_backward(1.0, x, *by_channel(s)), **o),
    "range": lambda **o: check_value_range(
        lambda x: value_range_forward(x, (0.0,) * 3, (1.0,) * 3, 4.0),
        lambda x: value_range_backward(1.0, x, (0.0,) * 3, (1.0,) * 3, 4.0), power=4.0, **o),
    "tv squared": lambda **o: check_total_variation(
        squared_variation_forward, partial(squared_variation_backward, 1.0), **o),
    "tv absolute": lambda **o: check_total_variation(
        absolute_variation_forward, partial(absolute_variation_backward, 1.0),
        kind="absolute", **o),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", RIGHT)
def test_the_reference_passes(name, dtype):
    report = RIGHT[name](dtype=dtype)
    assert report.ok
    assert not any(finding.notes for finding in report.findings)


def test_axes_can_come_in_another_order():
    """The functions get what they asked for, and their results are read likewise."""
    shapes = []

    def forward(x, w, b):
        shapes.append((x.shape, w.shape))
        assert x.shape[0] == 1
        y = conv_forward(x[0].transpose(1, 2, 0), w.transpose(2, 3, 1, 0), b)
        return y.transpose(2, 0, 1)[np.newaxis]

    assert check_conv(forward, layout="NCHW", filters="OIHW").ok
    assert ((1, 2, 4, 5), (3, 2, 3, 3)) in shapes


def test_unknown_orders_are_refused():
    with pytest.raises(UsageError, match="layout is 'CWH'; expected one of HWC"):
        check_relu(relu_forward, layout="CWH")


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")


def test_pytorch_convolution_passes_as_it_is(torch):
    from torch.nn.functional import conv2d
    from torch.nn.grad import conv2d_input

    def forward(x, w, b):
        return conv2d(x, w, b, padding=1)

    def backward_input(grad_y, w):
        shape = (1, w.shape[1], *grad_y.shape[2:])
        return conv2d_input(shape, w, grad_y, padding=1)

    def by_autograd(grad_y, w):
        x = torch.zeros(1, w.shape[1], *grad_y.shape[2:], dtype=w.dtype, requires_grad=True)
        (grad_x,) = torch.autograd.grad(forward(x, w, None), x, grad_y)
        return grad_x

    torch_layout = {"layout": "NCHW", "filters": "OIHW", "to_array": torch.from_numpy}
    assert check_conv(forward, backward_input, **torch_layout).ok
    assert check_conv(backward_input=by_autograd, **torch_layout).ok
    assert check_conv(forward, dtype="float32", **torch_layout).ok


def test_pytorch_losses_by_autograd_pass(torch):
    def loss(x, gram):
        f = x.flatten(1)  # (C, H W)
        return ((f @ f.T - gram) ** 2).sum() / (4 * f.numel() ** 2)

    def gradient(x, gram):
        x.requires_grad_()
        return torch.autograd.grad(loss(x, gram), x)[0]

    assert check_style_loss(loss, gradient, layout="CHW", to_array=torch.from_numpy).ok


def test_pytorch_pooling_passes(torch):
    from torch.nn.functional import avg_pool2d, max_pool2d

    def by_autograd(pool):
        def backward(grad_y, x):
            x.requires_grad_()
            return torch.autograd.grad(pool(x), x, grad_y)[0]

        return backward

    options = {"layout": "NCHW", "to_array": torch.from_numpy}
    for check, pool, edge in (
        (check_max_pool, partial(max_pool2d, kernel_size=2), "floor"),
        (check_max_pool, partial(max_pool2d, kernel_size=2, ceil_mode=True), "ceil"),
        (check_average_pool, partial(avg_pool2d, kernel_size=2), "floor"),
    ):
        report = check(pool, by_autograd(pool), edge=edge, **options)
        assert not any(finding.notes for finding in report.findings)
