"""The fast NumPy engine: Winograd's convolutions, threads, one plan for all memory.

Reading order: `winograd.py` (the mathematics), `tiles.py`, `winograd_convolution.py` and
`large_filters.py`, then
`forward.py` and `backward.py` (what happens to a piece), `network.py`, `terms.py`, `objective.py`.
`arena.py`, `maps.py`, `scratch.py` and `memory.py` plan the memory, `team.py` and `blas.py` the
threads.  docs/cpu.md explains.
"""

from .memory import estimate_bytes
from .objective import CPUObjective

__all__ = ["CPUObjective", "estimate_bytes"]
