"""CuPy's `cupy.cuda` for the emulated device."""

from types import SimpleNamespace, TracebackType

from . import compiler, runtime
from .memory import MemoryPool, OutOfMemoryError
from .streams import Event, Graph, Stream, get_current_stream, get_elapsed_time

__all__ = [
    "Device",
    "Event",
    "Graph",
    "MemoryPool",
    "Stream",
    "compiler",
    "get_current_stream",
    "get_elapsed_time",
    "memory",
    "runtime",
]

memory = SimpleNamespace(OutOfMemoryError=OutOfMemoryError)


class Device:
    """A device by its number; as a context, the current one."""

    def __init__(self, device: int = 0) -> None:
        self.id = device

    def __enter__(self) -> "Device":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def use(self) -> None:
        """Make it the current device; there is only one."""

    def synchronize(self) -> None:
        """Wait for everything."""
        runtime.deviceSynchronize()

    @property
    def compute_capability(self) -> str:
        """As CuPy writes it: ``"90"``."""
        properties = runtime.getDeviceProperties(self.id)
        return f"{properties['major']}{properties['minor']}"

    @property
    def mem_info(self) -> tuple[int, int]:
        """Free and total bytes."""
        return runtime.memGetInfo()
