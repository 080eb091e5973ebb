"""The operations of the fast engines, by the names that the reference has for them.

An engine has its own file here, loaded when it is asked for: a tuple `IMPLEMENTATIONS` of what it
computes in which way.  Whatever has the reference's names goes through the same proof.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from ..operations.operation import Functions, Operation, Values
from ..operations.sizes import Size
from ..operations.tolerances import OPERATION

ENGINES = ("cpu", "gpu")
"""Those with a module of their name here."""


@dataclass(frozen=True)
class Implementation:
    """One way in which an engine computes operations.

    Attributes
    ----------
    name : str
        For the table: ``"cpu Winograd"``.
    functions : mapping of str to callable
        By the reference's names, for the reference's layouts, in float32; as many as there are.
    tolerances : mapping of str to float
        By the function's name, where it is not that of float32.
    after_relu : frozenset of str
        Functions that only ever see what a ReLU let pass: they get positive numbers.
    sizes : tuple of Size
        Where the engine takes other ways than at the sizes of the table.
    """

    name: str
    functions: Functions
    tolerances: Mapping[str, float] = field(default_factory=dict)
    after_relu: frozenset[str] = frozenset()
    sizes: tuple[Size, ...] = ()

    def has(self, operation: Operation) -> bool:
        """Whether the engine computes an operation, with all that it is given: masks may be."""
        name, arguments = operation.forward
        if name not in self.functions:
            return False
        try:
            inspect.signature(self.functions[name]).bind(*arguments.split())
        except TypeError:
            return False
        return True

    def tolerance(self, operation: Operation) -> float:
        """Return how far an operation may be off."""
        return self.tolerances.get(operation.forward[0], OPERATION["float32"])

    def gradients(self, operation: Operation) -> dict[str, tuple[str, str]]:
        """List the gradients that the engine computes; a painting needs none of the filters."""
        return {
            name: call for name, call in operation.gradients.items() if call[0] in self.functions
        }

    def inputs(self, operation: Operation, inputs: Values) -> Values:
        """Make inputs such as the engine gets them."""
        if operation.forward[0] in self.after_relu:
            return {name: abs(value) + 1 for name, value in inputs.items()}
        return inputs


def implementations_of(engine: str) -> tuple[Implementation, ...]:
    """Load what an engine computes operation by operation; nothing for those without a file.

    Parameters
    ----------
    engine : str
        A name from `backpaint.engines.ENGINES`.
    """
    if engine not in ENGINES:
        return ()
    found: tuple[Implementation, ...] = import_module(f".{engine}", __package__).IMPLEMENTATIONS
    return found
