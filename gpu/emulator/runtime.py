"""The CUDA runtime's answers about the emulated device."""

from typing import Any

from .memory import used_bytes
from .settings import current
from .streams import forbid_while_capturing


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime.

    Attributes
    ----------
    status : int
        Its number: 35 is a missing or old driver, 100 no device.
    """

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"CUDA error {status}")


def getDeviceCount() -> int:
    """Count the devices: one."""
    return 1


def getDevice() -> int:
    """Return the current device's number."""
    return 0


def getDeviceProperties(device: int) -> dict[str, Any]:
    """Describe a device."""
    major, minor = current.capability
    return {
        "name": b"emulated GPU",
        "major": major,
        "minor": minor,
        "multiProcessorCount": 132,  # as many as an H200 has: small images get small tiles
        "totalGlobalMem": current.total_bytes,
    }


def memGetInfo() -> tuple[int, int]:
    """Return the free and the total bytes of the current device."""
    return current.total_bytes - used_bytes(), current.total_bytes


def deviceSynchronize() -> None:
    """Wait for everything."""
    forbid_while_capturing("the device is waited for")


def driverGetVersion() -> int:
    """Return the driver's version: 12.0."""
    return 12000


def runtimeGetVersion() -> int:
    """Return the runtime's version: 12.0."""
    return 12000
