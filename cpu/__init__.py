"""The fast NumPy engine: Winograd's convolutions, threads, one plan for all memory.

Reading order: `convolution/` from `winograd.py` (the mathematics) to `winograd_convolution.py` and
`large_filters.py`; `network/` with `finish.py` (a piece of a stage, forward and back), `maps.py`
(the plan of its memory) and `network.py`; `terms/`; `objective.py`.  Underneath, `threads/` shares
the work out.  `memory.py` counts the bytes beforehand.  `docs/cpu.md` explains.
"""

from .memory import estimate_bytes
from .objective import CPUObjective

__all__ = ["CPUObjective", "estimate_bytes"]
