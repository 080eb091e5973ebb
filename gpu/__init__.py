"""The CUDA engine: the operations of `backpaint.reference` as kernels, one graph an evaluation.

Reading order: `device/` (`device.py`, `kernel.py`), one operation of `operations/` with its file in
`kernels/` (`relu.py`, `conv.py`), `convolution/launch.py`, then `network/` (`plan.py`,
`forward.py`, `backward.py`), `terms/`, `objective.py`, and `descent/`.  `docs/gpu` has the
derivations; `emulator/` runs it all without a GPU.
"""

from .objective import GPUObjective

__all__ = ["GPUObjective"]
