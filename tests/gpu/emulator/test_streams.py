"""Capture and replay, and what a device refuses during a capture."""

from typing import Any

import numpy as np
import pytest

from backpaint.gpu.device import device
from backpaint.gpu.operations.relu import launch_relu_forward


@pytest.fixture
def x() -> Any:
    return device.xp().asarray(np.array([-1.0, 2.0]))


def captured(x: Any, y: Any) -> Any:
    with device.xp().cuda.Stream(non_blocking=True) as stream:
        stream.begin_capture()
        launch_relu_forward(x, out=y)
        y[1] = 7
        return stream.end_capture()


def test_a_graph_does_its_work_when_launched(x):
    y = device.xp().zeros(2)
    graph = captured(x, y)
    assert list(device.to_host(y)) == [0, 0]
    graph.launch()
    assert list(device.to_host(y)) == [0, 7]
    x[...] = 5
    graph.launch()
    assert list(device.to_host(y)) == [5, 7]


def test_a_graph_keeps_no_array_alive(x):
    graph = captured(x, device.xp().zeros(2))
    with pytest.raises(RuntimeError, match="relu_forward: argument 1 is an array that is gone"):
        graph.launch()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda xp, x: xp.empty(2), "allocated"),
        (lambda xp, x: x.copy(), "allocated"),
        (lambda xp, x: xp.asnumpy(x), "copied to the host"),
        (lambda xp, x: float(x[0]), "copied to the host"),
        (lambda xp, x: x.set(np.zeros(2)), "host array is copied"),
        (lambda xp, x: xp.cuda.get_current_stream().synchronize(), "waited for"),
        (lambda xp, x: xp.cuda.Device(0).synchronize(), "waited for"),
    ],
)
def test_what_a_capture_refuses(x, what, said):
    xp = device.xp()
    what(xp, x)  # all of it is fine otherwise
    with xp.cuda.Stream() as stream:
        stream.begin_capture()
        with pytest.raises(RuntimeError, match=f"{said}.* during the capture"):
            what(xp, x)
        stream.end_capture()


def test_the_default_stream_is_not_captured():
    with pytest.raises(RuntimeError, match="default stream cannot be captured"):
        device.xp().cuda.get_current_stream().begin_capture()


def test_work_outside_of_the_captured_stream(x):
    stream = device.xp().cuda.Stream()
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
    xp = device.xp()
    a = xp.asarray(np.arange(6.0).reshape(2, 3))
    row, turned, flat, copy = a[1], a.T, a.ravel(), a.copy()
    a[1, 2] = 50
    assert [float(v) for v in (row[2], turned[2, 1], flat[5], copy[1, 2])] == [50, 50, 50, 5]
    assert turned.reshape(-1).shape == (6,)
    assert np.array_equal(xp.asnumpy(xp.ascontiguousarray(turned)), xp.asnumpy(a).T)
