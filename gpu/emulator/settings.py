"""Settings of the emulated device, and the order in which it runs threads."""

from dataclasses import dataclass


@dataclass
class Settings:
    """The emulated device.

    Attributes
    ----------
    capability : tuple of int
        Its compute capability: (8, 0) knows cp.async and mma, (9, 0) TMA and wgmma too.
    schedule : int
        Order of threads and blocks: 0 as they are numbered, any other a shuffle of its own.
    total_bytes : int
        Its memory.
    """

    capability: tuple[int, int] = (9, 0)
    schedule: int = 0
    total_bytes: int = 8 << 30


current = Settings()
"""Of this process; `backpaint.gpu.device.device.emulate` changes it."""
