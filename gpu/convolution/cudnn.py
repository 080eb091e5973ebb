"""Plans of cuDNN for a convolution, which the tuner may choose; the only import of cuDNN.

One graph serves both directions, since the filters of the way back are turned beforehand: a forward
convolution, then the bias and the ReLU where they are asked for.  cuDNN knows no bits that tell
where a ReLU was positive, so what writes and applies them is ours.

In this form cuDNN 9.28 has kernels that need not be compiled first, in TF32 and in float16.  With a
scale after the convolution, or a float32 bias in float16, it has none: so the scale goes into the
filters, and the bias is rounded.
"""

import importlib
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

import numpy as np

from ...errors import UsageError
from ..device.device import Array, is_emulated, to_device, to_host, xp
from ..pointwise.masks import launch_keep_positive, launch_note_positive
from .convolution import ConvTask, WayRefused
from .filters import Filters

PLANS = 6
"""How many plans are tried; cuDNN lists those first that it expects to be fast."""
WORKSPACE_BYTES = 256 << 20
X, FILTERS, BIAS, Y = range(1, 5)
"""Numbers of the graph's arrays."""
REFUSED_NOTES = ("NONDETERMINISTIC", "REDUCED_PRECISION_REDUCTION", "WINOGRAD", "FFT")
"""Each run must give the same bits, and sums must be float32 sums of products."""


def library() -> Any:
    """Return cuDNN's Python frontend, or what stands in for it while a GPU is emulated.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    if is_emulated():
        return importlib.import_module("..emulator.cudnn_on_cpu", __package__)
    try:
        return importlib.import_module("cudnn")
    except ImportError:
        raise UsageError(
            "tune cudnn needs cuDNN, whose Python package is not installed; "
            "pip install nvidia-cudnn-frontend nvidia-cudnn-cu12, or nvidia-cudnn-cu13 for CUDA 13"
        ) from None


def open_cudnn() -> dict[str, str]:
    """Open cuDNN on the current device, and tell which it is: plans are named by its version.

    Raises
    ------
    UsageError
        If the package is not there, or cuDNN itself is not, or refuses the device.
    """
    cudnn = library()
    try:
        _handle(xp().cuda.Device().id, is_emulated())
        return {"cudnn": str(cudnn.backend_version()), "frontend": cudnn.__version__}
    except RuntimeError as error:
        raise UsageError(
            f"tune cudnn found no cuDNN that it can use ({error}); "
            "pip install nvidia-cudnn-cu12, or nvidia-cudnn-cu13 for CUDA 13"
        ) from None


class CudnnGraph:
    """A convolution as cuDNN's graph, with filters and bias as it wants them.

    Parameters
    ----------
    task : ConvTask
    filters : Filters
    """

    def __init__(self, task: ConvTask, filters: Filters) -> None:
        self.graph = describe(task, handle=_handle(xp().cuda.Device().id, is_emulated()))
        self._given, self._scale = filters, 0.0
        self._filters: Array = None
        self._half_bias: Array = None
        if task.precision == "fast":
            self._half_bias = xp().empty(filters.channels_out, np.float16)

    def filters(self, scale: float) -> Array:
        """Return the filters (K, 9, C), times the scale of the result; kept until that changes."""
        if scale != self._scale:
            factor = np.float32(scale / self._given.scale)
            values = to_host(self._given.values).transpose(1, 0, 2).astype(np.float32)
            scaled = (factor * values).astype(self._given.values.dtype)
            self._filters, self._scale = to_device(scaled), scale
        return self._filters

    def bias(self, bias: Array) -> Array:
        """Return a bias in the type of the features."""
        if self._half_bias is None:
            return bias
        self._half_bias[...] = bias
        return self._half_bias


class CudnnWay:
    """One plan.

    Parameters
    ----------
    graph : CudnnGraph
    index : int
        Of the plan.
    """

    def __init__(self, graph: CudnnGraph, index: int) -> None:
        self._graph, self._index = graph, index
        self.label = f"cudnn {graph.graph.get_plan_name_at_index(index)}"

    @cached_property
    def workspace_bytes(self) -> int:
        """See `Way`; asking compiles the plan."""
        try:
            self._graph.graph.build_plan_at_index(self._index)
        except (RuntimeError, library().cudnnGraphNotSupportedError) as error:
            raise WayRefused(f"{self.label}: {error}") from None
        return int(self._graph.graph.get_workspace_size_plan_at_index(self._index))

    def __call__(
        self, x: Array, filters: Filters, out: Array, *, workspace: Array, **steps: Any
    ) -> None:
        """Launch the plan, and what it leaves to us."""
        given = {X: x, FILTERS: self._graph.filters(steps.get("scale", 1.0)), Y: out}
        if steps.get("bias") is not None:
            given[BIAS] = self._graph.bias(steps["bias"])
        places = {number: array.data.ptr for number, array in given.items()}
        handle = _handle(xp().cuda.Device().id, is_emulated())
        library().set_stream(handle, xp().cuda.get_current_stream().ptr)
        self._graph.graph.execute_plan_at_index(places, workspace.data.ptr, self._index, handle)
        if steps.get("positive") is not None:
            launch_note_positive(out, positive=steps["positive"])
        if steps.get("mask") is not None:
            launch_keep_positive(steps["mask"], out=out)


def cudnn_ways(task: ConvTask, filters: Filters) -> Iterator[CudnnWay]:
    """List cuDNN's first plans for a task.

    There are none for ``exact`` and ``split``, which are more accurate than its tensor cores, nor
    where a gradient is added to: our kernels do that in place, and cuDNN does not promise to.
    """
    if task.precision not in ("tf32", "fast") or "add" in task.steps:
        return
    try:
        graph = CudnnGraph(task, filters)
    except library().cudnnGraphNotSupportedError:
        return
    for index in range(min(PLANS, graph.graph.get_execution_plan_count())):
        yield CudnnWay(graph, index)


def describe(task: ConvTask, **where: Any) -> Any:
    """Make cuDNN's graph of a task, with its plans listed and none of them built.

    Parameters
    ----------
    task : ConvTask
    **where
        What it is for: ``handle``, or ``device_property`` where there is no device.
    """
    cudnn = library()
    single = cudnn.data_type.FLOAT
    stored = cudnn.data_type.HALF if task.precision == "fast" else single
    graph = cudnn.pygraph(
        io_data_type=stored, intermediate_data_type=single, compute_data_type=single, **where
    )
    y = _convolved(graph, task, stored)
    shape = (task.height, task.width, task.channels_out)
    y.set_output(True).set_data_type(stored).set_uid(Y)
    y.set_dim([1, shape[2], *shape[:2]]).set_stride(_strides(shape))
    graph.validate()
    graph.build_operation_graph()
    graph.create_execution_plans([cudnn.heur_mode.A])
    graph.deselect_numeric_notes([cudnn.numerical_note.__members__[n] for n in REFUSED_NOTES])
    graph.deselect_workspace_greater_than(WORKSPACE_BYTES)
    return graph


def _convolved(graph: Any, task: ConvTask, stored: Any) -> Any:
    """Chain the operations; all arrays are height x width x channels, which cuDNN calls NHWC."""
    height, width, channels, filters = task.height, task.width, task.channels_in, task.channels_out
    x = graph.tensor(
        name="x",
        dim=[1, channels, height, width],
        stride=_strides((height, width, channels)),
        data_type=stored,
        uid=X,
    )
    w = graph.tensor(
        name="filters",
        dim=[filters, channels, 3, 3],
        stride=_strides((3, 3, channels)),
        data_type=stored,
        uid=FILTERS,
    )
    y = graph.conv_fprop(image=x, weight=w, padding=[1, 1], stride=[1, 1], dilation=[1, 1])
    if "bias" in task.steps:
        shape = {"dim": [1, filters, 1, 1], "stride": [filters, 1, filters, filters]}
        b = graph.tensor(name="bias", **shape, data_type=stored, uid=BIAS)
        y = graph.bias(input=y, bias=b)
    return graph.relu(input=y) if "relu" in task.steps else y


def _strides(shape: tuple[int, int, int]) -> list[int]:
    """Return the steps along images (or filters), channels, rows, columns of (H, W, C)."""
    height, width, channels = shape
    return [height * width * channels, 1, width * channels, channels]


@cache
def _handle(device: int, emulated: bool) -> int:
    """Open cuDNN on a device, once for as long as the process lives."""
    return int(library().create_handle())
