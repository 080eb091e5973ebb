"""The CUDA engine: the operations of `backpaint.reference` as kernels, one graph an evaluation.

Reading order: `device`, `kernel`, one operation (`relu`, `conv`), `conv_launch`, `plan`, `forward`,
`backward`, `terms`, `objective`, `descent`.  docs/gpu has the derivations.
"""

from .objective import GPUObjective

__all__ = ["GPUObjective"]
