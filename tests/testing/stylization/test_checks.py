"""Right functions pass, in both precisions and other layouts; mistakes are named."""

from functools import partial

import numpy as np
import pytest

from backpaint.reference.conv import conv_backward_bias
from backpaint.reference.stylization.depthwise_conv import (
    depthwise_conv_backward_input,
    depthwise_conv_backward_weights,
    depthwise_conv_forward,
)
from backpaint.reference.stylization.instance_norm import (
    instance_norm_backward_beta,
    instance_norm_backward_gamma,
    instance_norm_backward_input,
    instance_norm_forward,
)
from backpaint.reference.stylization.reflection_pad import (
    reflection_pad_backward,
    reflection_pad_forward,
)
from backpaint.reference.stylization.relu6 import relu6_backward, relu6_forward
from backpaint.reference.stylization.sigmoid import sigmoid_backward, sigmoid_forward
from backpaint.reference.stylization.strided_conv import (
    strided_conv_backward_input,
    strided_conv_backward_weights,
    strided_conv_forward,
)
from backpaint.reference.stylization.upsample import upsample_backward, upsample_forward
from backpaint.testing import (
    check_depthwise_conv,
    check_instance_norm,
    check_reflection_pad,
    check_relu6,
    check_sigmoid,
    check_strided_conv,
    check_upsample,
)

STRIDED = (strided_conv_forward, strided_conv_backward_input, strided_conv_backward_weights)
DEPTHWISE = (
    depthwise_conv_forward,
    depthwise_conv_backward_input,
    depthwise_conv_backward_weights,
)


def with_stride(functions, stride):
    return (*(lambda *given, f=f: f(*given, stride) for f in functions), conv_backward_bias)


RIGHT = {
    "strided_conv": lambda **o: check_strided_conv(*with_stride(STRIDED, 2), **o),
    "strided_conv 1": lambda **o: check_strided_conv(*with_stride(STRIDED, 1), stride=1, **o),
    "depthwise_conv": lambda **o: check_depthwise_conv(*with_stride(DEPTHWISE, 2), **o),
    "reflection_pad": lambda **o: check_reflection_pad(
        lambda x: reflection_pad_forward(x, 2), lambda g, x: reflection_pad_backward(g, x, 2),
        border=2, **o),
    "instance_norm": lambda **o: check_instance_norm(
        instance_norm_forward, instance_norm_backward_input, instance_norm_backward_gamma,
        instance_norm_backward_beta, **o),
    "upsample": lambda **o: check_upsample(
        lambda x: upsample_forward(x, 2), lambda g, x: upsample_backward(g, x, 2), **o),
    "sigmoid": lambda **o: check_sigmoid(sigmoid_forward, sigmoid_backward, **o),
    "relu6": lambda **o: check_relu6(relu6_forward, relu6_backward, **o),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", RIGHT)
def test_the_reference_passes(name, dtype):
    assert RIGHT[name](dtype=dtype).ok


def test_depthwise_filters_may_come_in_pytorch_s_order():
    shapes = []

    def forward(x, w, b):
        shapes.append(w.shape)
        y = depthwise_conv_forward(x[0].transpose(1, 2, 0), w[:, 0].transpose(1, 2, 0), b, 2)
        return y.transpose(2, 0, 1)[np.newaxis]

    def backward_weights(grad_y, x, w):
        given = (value[0].transpose(1, 2, 0) for value in (grad_y, x))
        grad_w = depthwise_conv_backward_weights(*given, w[:, 0].transpose(1, 2, 0), 2)
        return grad_w.transpose(2, 0, 1)[:, np.newaxis]

    assert check_depthwise_conv(forward, None, backward_weights, layout="NCHW", filters="OIHW").ok
    assert (3, 1, 2, 3) in shapes


def test_an_error_just_above_the_tolerance_is_told_without_a_name():
    def near(x):
        return sigmoid_forward(x) * (1 + np.float32(4e-6) * (x > 0))

    report = check_sigmoid(near, dtype="float32", raises=False)
    assert "no mistake that is known" in str(report)


def batch_norm_backward(grad_y, x, gamma, epsilon):
    """As if mean and deviation were running averages."""
    return gamma * grad_y / np.sqrt(x.var(axis=(0, 1)) + epsilon)


def half(grad_y, x, gamma, epsilon):
    right = gamma * grad_y / np.sqrt(x.var(axis=(0, 1)) + epsilon)
    return right - right.mean(axis=(0, 1))


def overwritten(grad_y, x):
    grad_x = grad_y[1:-1, 1:-1].copy()
    grad_x[1] = grad_y[0, 1:-1]
    return grad_x


WRONG = (
    (check_instance_norm, "backward_input", batch_norm_backward, "both mean terms are missing"),
    (check_instance_norm, "backward_input", half, "the term through the deviation is missing"),
    (check_instance_norm, "forward", lambda x, g, b, e: instance_norm_forward(x, b, g, e),
     "gamma and beta are exchanged"),
    (check_reflection_pad, "forward",
     lambda x: np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="symmetric"), "the edge is repeated"),
    (check_reflection_pad, "backward", lambda g, x: g[1:-1, 1:-1], "border's gradient is lost"),
    (check_upsample, "backward", lambda g, x: upsample_backward(g, x, 2) / 4, "it averages over"),
    (check_upsample, "backward", lambda g, x: g[1::2, 1::2], "no mistake that is known"),
    (check_sigmoid, "backward", lambda g, y: g * y, "without the factor 1 - y"),
    (partial(check_relu6, keeps="x"), "backward", lambda g, x: g * (x > 0), "a ReLU's gradient"),
    (check_relu6, "backward", lambda g, y: g * (y > 0), "a ReLU's gradient"),
    (check_strided_conv, "forward",
     lambda x, w, b: strided_conv_forward(x, w[::-1, ::-1], b, 2), "instead of cross-correlation"),
    (check_strided_conv, "backward_weights",
     lambda g, x, w: strided_conv_backward_weights(g, x, w, 2)[::-1, ::-1], "turned by 180"),
    (check_depthwise_conv, "forward", lambda x, w, b: depthwise_conv_forward(x, w, 0 * b, 2),
     "the bias is missing"),
    (check_depthwise_conv, "backward_bias", lambda g: g.mean(axis=(0, 1)), "averages over"),
)  # fmt: skip


@pytest.mark.parametrize(("check", "part", "function", "name"), WRONG)
def test_a_mistake_is_named(check, part, function, name):
    (finding,) = check(**{part: function}, raises=False).findings
    assert finding.wrong
    assert any(name in text for text in finding.wrong), finding
