"""Functions of JAX and TensorFlow, as their users have them; PyTorch's are in `test_right.py`."""

import numpy as np
import pytest

from backpaint.testing import check_average_pool, check_conv, check_gram, check_max_pool

NHWC = {"layout": "NHWC"}


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="JAX: pip install jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


def test_jax_functions_pass_as_they_are(jax):
    jnp = jax.numpy

    def conv(x, w, b):
        orders = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=orders) + b

    def backward_input(grad_y, w):
        x = jnp.zeros((*grad_y.shape[:3], w.shape[2]), grad_y.dtype)
        return jax.vjp(lambda x: conv(x, w, 0.0), x)[1](grad_y)[0]

    def gram(x):
        return jnp.einsum("hwc,hwd->cd", x, x)

    assert check_conv(conv, backward_input, to_array=jnp.asarray, **NHWC).ok
    report = check_gram(gram, lambda r, x: jax.vjp(gram, x)[1](r)[0], to_array=jnp.asarray)
    assert report.ok


def test_a_mistake_in_jax_is_named(jax):
    def half(grad_gram, x):
        return 2 * jax.numpy.einsum("hwc,cd->hwd", x, grad_gram)

    report = check_gram(backward=half, to_array=jax.numpy.asarray, raises=False)
    assert "the transpose half is missing" in str(report)


def test_jax_without_64_bits_is_told(jax):
    jax.config.update("jax_enable_x64", False)
    report = check_gram(lambda x: jax.numpy.einsum("hwc,hwd->cd", x, x), raises=False)
    assert "it returns float32 for float64" in str(report)
    assert "somewhere it is converted to float32" in str(report)


def test_tensorflow_functions_pass_as_they_are():
    tf = pytest.importorskip("tensorflow", reason="TensorFlow: pip install tensorflow-cpu")

    def conv(x, w, b):
        return tf.nn.conv2d(x, w, 1, "SAME") + b

    def backward_input(grad_y, w):
        with tf.GradientTape() as tape:
            x = tf.zeros((*grad_y.shape[:3], w.shape[2]), grad_y.dtype)
            tape.watch(x)
            y = tf.nn.conv2d(x, w, 1, "SAME")
        return tape.gradient(y, x, output_gradients=grad_y)

    def pool(function):
        def backward(grad_y, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return tape.gradient(y, x, output_gradients=grad_y)

        return function, backward

    options = {"to_array": tf.constant, **NHWC}
    assert check_conv(conv, backward_input, **options).ok
    same = check_average_pool(*pool(lambda x: tf.nn.avg_pool2d(x, 2, 2, "SAME")),
                              edge="ceil", **options)  # fmt: skip
    assert same.ok
    assert check_max_pool(*pool(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID")), **options).ok
    assert np.isfinite(same.findings[0].error)
