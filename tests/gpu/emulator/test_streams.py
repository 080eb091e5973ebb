"""Capture and replay, and what a device refuses during a capture."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.operations.relu import launch_relu_forward


@pytest.fixture
def x() -> Any:
    return device.arrays().asarray(np.array([-1.0, 2.0]))


def captured(x: Any, y: Any) -> Any:
    with device.arrays().cuda.Stream(non_blocking=True) as stream:
        stream.begin_capture()
        launch_relu_forward(x, out=y)
        y[1] = 7
        return stream.end_capture()


def test_a_graph_does_its_work_when_launched(x):
    y = device.arrays().zeros(2)
    graph = captured(x, y)
    assert list(device.to_host(y)) == [0, 0]
    graph.launch()
    assert list(device.to_host(y)) == [0, 7]
    x[...] = 5
    graph.launch()
    assert list(device.to_host(y)) == [5, 7]


def test_a_graph_keeps_no_array_alive(x):
    graph = captured(x, device.arrays().zeros(2))
    with pytest.raises(RuntimeError, match="relu_forward: argument 1 is an array that is gone"):
        graph.launch()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda cupy, x: cupy.empty(2), "allocated"),
        (lambda cupy, x: x.copy(), "allocated"),
        (lambda cupy, x: cupy.asnumpy(x), "copied to the host"),
        (lambda cupy, x: float(x[0]), "copied to the host"),
        (lambda cupy, x: x.set(np.zeros(2)), "host array is copied"),
        (lambda cupy, x: cupy.cuda.get_current_stream().synchronize(), "waited for"),
        (lambda cupy, x: cupy.cuda.Device(0).synchronize(), "waited for"),
    ],
)
def test_what_a_capture_refuses(x, what, said):
    cupy = device.arrays()
    what(cupy, x)  # all of it is fine otherwise
    with cupy.cuda.Stream() as stream:
        stream.begin_capture()
        with pytest.raises(RuntimeError, match=f"{said}.* during the capture"):
            what(cupy, x)
        stream.end_capture()


def test_the_default_stream_is_not_captured():
    with pytest.raises(RuntimeError, match="default stream cannot be captured"):
        device.arrays().cuda.get_current_stream().begin_capture()


def test_work_outside_of_the_captured_stream(x):
    stream = device.arrays().cuda.Stream()
    stream.begin_capture()
    with pytest.raises(RuntimeError, match="another stream during the capture"):
        x[0] = 1
    stream.end_capture()


def test_numpy_and_device_do_not_mix(x):
    with pytest.raises(TypeError, match="asnumpy"):
        np.asarray(x)
    with pytest.raises(TypeError):
        np.add(x, x)


def test_views_share_memory_and_copies_do_not(x):
    cupy = device.arrays()
    a = cupy.asarray(np.arange(6.0).reshape(2, 3))
    row, turned, flat, copy = a[1], a.T, a.ravel(), a.copy()
    a[1, 2] = 50
    assert [float(v) for v in (row[2], turned[2, 1], flat[5], copy[1, 2])] == [50, 50, 50, 5]
    assert turned.reshape(-1).shape == (6,)
    assert np.array_equal(cupy.asnumpy(cupy.ascontiguousarray(turned)), cupy.asnumpy(a).T)
