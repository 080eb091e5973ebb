"""The table of operations, for the proofs in `test_operations.py`: the package's, and softmax.

A row names functions instead of holding them: the loops (`naive.py`, `loops.py`), the PyTorch twins
(`twins.py`) and every engine have them under the same names, and go through the same proofs.
"""

from backpaint.check.operations import operations
from backpaint.check.operations.operation import REFERENCE as REFERENCE
from backpaint.check.operations.operation import (
    Array,
    Functions,
    Operation,
    Values,
    public_functions,
)
from backpaint.check.operations.sizes import Size
from backpaint.reference import naive
from backpaint.reference.stylization import naive as stylization

from . import loops

Engine = Functions
LOOPS = public_functions(naive, stylization, loops)


def scores(size: Size) -> dict[str, tuple[int, ...]]:
    return {"z": (2 + size.height * size.width,)}


OPERATIONS = (
    *operations.OPERATIONS,
    # Its gradient is proved as part of the cross-entropy.
    Operation("softmax", ("softmax_forward", "z"), {}, scores),
)


def loop_gradients(operation: Operation, inputs: Values, grad: Array | float) -> Values:
    """Compute gradients by loops: those of `naive.py`, or the forward loops by complex step."""
    if operation.loops_backward is not None:
        return operation.run_loops_backward(inputs, grad)

    def gradient(name: str) -> Array:
        return loops.gradient(
            lambda moved: operation.run(LOOPS, {**inputs, name: moved}), inputs[name], grad
        )

    return {name: gradient(name) for name in operation.gradients}
