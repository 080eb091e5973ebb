"""The part of cuDNN's Python frontend that `gpu.convolution.cudnn` uses, without a device.

It computes in NumPy, in float64, and checks what cuDNN checks or silently relies on: the order of
calls, packed arrays with the channels innermost, types, and that every address lies in memory that
is alive and large enough.
"""

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..convolution.filters import round_to_tf32
from .cudnn_tensor import Operation, Tensor, cudnnGraphNotSupportedError, data_type
from .memory import bytes_at
from .streams import forbid_while_capturing, get_current_stream, issue

__version__ = "emulated"
heur_mode = Enum("heur_mode", "A B FALLBACK")
numerical_note = Enum(
    "numerical_note", "TENSOR_CORE NONDETERMINISTIC REDUCED_PRECISION_REDUCTION WINOGRAD FFT"
)

WORKSPACES = {"eng0_k0=1": 0, "eng1_k0=2": 1 << 12, "eng2_k0=3": 0}
"""Plans and what they need; the last cannot be built, as happens."""
REFUSED = "eng2_k0=3"

_streams: dict[int, int] = {}


def backend_version() -> int:
    """Return the version of cuDNN itself."""
    return 90000


def create_handle() -> int:
    """Open cuDNN on the current device."""
    forbid_while_capturing("cuDNN is opened")
    handle = len(_streams) + 1
    _streams[handle] = 0
    return handle


def set_stream(handle: int, stream: int) -> None:
    """Return where the work of a handle goes."""
    _streams[handle] = stream


class pygraph:
    """A chain of operations that begins with a convolution."""

    def __init__(
        self,
        *,
        io_data_type: Any,
        intermediate_data_type: Any,
        compute_data_type: Any,
        handle: int,
    ) -> None:
        if intermediate_data_type != data_type.FLOAT or compute_data_type != data_type.FLOAT:
            raise cudnnGraphNotSupportedError("sums are float32")
        self._io, self._handle, self._stage = io_data_type, handle, "describe"
        self._inputs: list[Tensor] = []
        self._output: Tensor | None = None
        self._built: set[int] = set()

    def tensor(self, *, name: str, **described: Any) -> Tensor:
        """Describe an array by its number, ``uid``."""
        uid = described["uid"]
        array = Tensor(lambda given: given[uid], **described)
        self._inputs.append(array)
        return array

    def conv_fprop(
        self,
        *,
        image: Tensor,
        weight: Tensor,
        padding: list[int],
        stride: list[int],
        dilation: list[int],
    ) -> Tensor:
        """Convolve, by products of rounded numbers."""
        if (padding, stride, dilation) != ([1, 1], [1, 1], [1, 1]) or weight.dim[2:] != [3, 3]:
            raise cudnnGraphNotSupportedError("only 3x3 same convolutions are emulated")
        if image.data_type != self._io or weight.data_type != self._io:
            raise cudnnGraphNotSupportedError("image and weight are not of the graph's type")
        if image.dim[1] != weight.dim[1]:
            raise cudnnGraphNotSupportedError("image and weight differ in channels")

        def compute(given: dict[int, NDArray[Any]]) -> NDArray[Any]:
            x, w = (_rounded(array.compute(given), self._io) for array in (image, weight))
            _, height, width, _ = x.shape
            padded = np.pad(x[0], ((1, 1), (1, 1), (0, 0)))
            taps = ((i, j) for i in range(3) for j in range(3))
            y = sum(padded[i : i + height, j : j + width] @ w[:, i, j].T for i, j in taps)
            return np.asarray(y)[None]

        return self._result(compute)

    def bias(self, *, input: Tensor, bias: Tensor) -> Tensor:  # noqa: A002 (cuDNN's name)
        """Add a number for each channel."""
        if bias.dim[0] != 1 or bias.dim[2:] != [1, 1] or bias.data_type != self._io:
            raise cudnnGraphNotSupportedError(f"a bias of {bias.dim}, {bias.data_type}")
        return self._result(lambda given: input.compute(given) + bias.compute(given))

    def relu(self, *, input: Tensor) -> Tensor:  # noqa: A002
        """Replace what is negative by 0; a NaN stays one."""
        return self._result(lambda given: np.maximum(input.compute(given), 0))

    def validate(self) -> None:
        """Check what was described."""
        assert self._output is not None
        for array in (*self._inputs, self._output):
            array.check()
        if not self._output.is_output:
            raise cudnnGraphNotSupportedError("nothing is stored")
        self._step("validate", after="describe")

    def build_operation_graph(self) -> None:
        """Hand the graph to cuDNN itself."""
        self._step("build", after="validate")

    def create_execution_plans(self, modes: list[Any]) -> None:
        """List the plans."""
        assert all(mode in heur_mode for mode in modes)
        self._step("plans", after="build")

    def deselect_numeric_notes(self, notes: list[Any]) -> None:
        """Refuse plans that compute in some way."""
        assert all(note in numerical_note for note in notes)

    def deselect_workspace_greater_than(self, size: int) -> None:
        """Refuse plans that need more."""
        assert size >= 0

    def get_execution_plan_count(self) -> int:
        """Count the plans."""
        assert self._stage == "plans"
        return len(WORKSPACES)

    def get_plan_name_at_index(self, index: int) -> str:
        """Name one."""
        return list(WORKSPACES)[index]

    def build_plan_at_index(self, index: int) -> None:
        """Compile one."""
        forbid_while_capturing("cuDNN compiles a plan")
        assert self._stage == "plans"
        if self.get_plan_name_at_index(index) == REFUSED:
            raise cudnnGraphNotSupportedError("this plan cannot be built")
        self._built.add(index)

    def get_workspace_size_plan_at_index(self, index: int) -> int:
        """Return what a plan needs: 0 if it was not built."""
        return WORKSPACES[self.get_plan_name_at_index(index)] if index in self._built else 0

    def execute_plan_at_index(
        self, tensor_to_device_buffer: dict[int, int], workspace: int, index: int, handle: int
    ) -> None:
        """Do it, on the handle's stream, with arrays at addresses."""
        if index not in self._built:
            raise RuntimeError("the plan is not built")
        if _streams[handle] != get_current_stream().ptr:
            raise RuntimeError("cuDNN works on another stream than everybody")
        places = dict(tensor_to_device_buffer)
        needed = {array.uid for array in (*self._inputs, self._output) if array is not None}
        if places.keys() != needed:
            raise RuntimeError(f"cuDNN takes the arrays {sorted(needed)}, not {sorted(places)}")
        room = self.get_workspace_size_plan_at_index(index)
        issue(lambda: self._run(places, workspace, room))

    def _run(self, places: dict[int, int], workspace: int, room: int) -> None:
        assert self._output is not None
        if room:
            bytes_at(workspace, room)[:] = 0xAB
        given = {array.uid: array.read(places[array.uid]) for array in self._inputs}
        y, out = self._output.compute(given), self._output
        if y.shape != tuple(out.dim[i] for i in (0, 2, 3, 1)):
            raise RuntimeError(f"the result is {y.shape}; the output was described as {out.dim}")
        target = bytes_at(places[out.uid], out.nbytes).view(out.dtype)
        with np.errstate(over="ignore"):
            target[...] = y.astype(out.dtype).ravel()

    def _result(self, compute: Operation) -> Tensor:
        self._output = Tensor(compute)
        return self._output

    def _step(self, name: str, *, after: str) -> None:
        if self._stage != after:
            raise RuntimeError(f"{name} comes after {after}, not after {self._stage}")
        self._stage = name


def _rounded(values: NDArray[Any], kind: Any) -> NDArray[np.float64]:
    """Round as the tensor cores read: float32 to 11 bits, float16 not at all."""
    return values if kind == data_type.HALF else round_to_tf32(values).astype(np.float64)
