"""The choice of proofs to run: everything, or those that were asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..engine.engine import DTypeName, Engine
from ..engines import engine_class, usable_engines
from ..errors import UsageError, did_you_mean
from ..presets import load_preset, preset_names
from . import presets, proofs
from .implementations.implementation import implementations_of
from .libraries.libraries import installed_libraries
from .libraries.twins import Library
from .operations.operation import Operation
from .operations.operations import OPERATIONS
from .operations.sizes import SIZES, Size
from .result import Result

DTYPES: tuple[DTypeName, ...] = ("float64", "float32")
Proof = tuple[str, Callable[[], Result]]
"""What is proved, for a progress line, and the function that does it."""


@dataclass(frozen=True)
class Plan:
    """The selection of what is checked.

    Attributes
    ----------
    operations : sequence of Operation
    presets : sequence of str
    sizes : sequence of Size
        For operations; presets have their own picture.
    engines : sequence of str
        Who computes: the reference, which all other proofs are about, and engines that are held
        against it, operation by operation (`implementations/`) and preset by preset.
    dtypes : sequence of str
        Finite differences, loops and autograd belong to float64.
    libraries : sequence of Library
        Judges of the reference besides our own.
    """

    operations: Sequence[Operation] = OPERATIONS
    presets: Sequence[str] = field(default_factory=preset_names)
    sizes: Sequence[Size] = SIZES
    engines: Sequence[str] = field(default_factory=usable_engines)
    dtypes: Sequence[DTypeName] = DTYPES
    libraries: Sequence[Library] = field(default_factory=installed_libraries)

    def proofs(self) -> Iterator[Proof]:
        """List everything that is to be run, in the order of the table."""
        for operation in self.operations:
            if not any(operation.fits(size) for size in self.sizes):
                raise UsageError(
                    f"{operation.name} needs at least {operation.smallest} x "
                    f"{operation.smallest} pixels; choose a larger --size"
                )
            for proof in self._of_operation(operation):
                yield operation.name, proof
            for proof in self._of_implementations(operation):
                yield operation.name, proof
        for name in self.presets:
            for proof in self._of_preset(name):
                yield f"preset {name}", proof

    def _of_operation(self, operation: Operation) -> Iterator[Callable[[], Result]]:
        if "reference" not in self.engines:
            return
        if "float64" in self.dtypes:
            yield partial(proofs.directional_derivative, operation, self.sizes)
            if operation.quadratic:
                yield partial(proofs.adjoint, operation, self.sizes)
            if operation.loops_backward is not None:
                yield partial(proofs.loops, operation, self.sizes)
            for library in self.libraries:
                yield partial(proofs.autograd, operation, self.sizes, library)
        if "float32" in self.dtypes:
            yield partial(proofs.single_precision, operation, self.sizes)

    def _of_implementations(self, operation: Operation) -> Iterator[Callable[[], Result]]:
        if "float32" in self.dtypes:
            for engine in self.engines:
                for implementation in implementations_of(engine):
                    if implementation.has(operation):
                        more = implementation.sizes if self.sizes is SIZES else ()
                        sizes = [*self.sizes, *more]
                        yield partial(proofs.engine, operation, sizes, implementation)

    def _of_preset(self, name: str) -> Iterator[Callable[[], Result]]:
        if "reference" in self.engines and "float64" in self.dtypes:
            yield partial(presets.difference, name)
            yield partial(presets.adjoint, name)
            for library in self.libraries:
                yield partial(presets.autograd, name, library)
        if "reference" in self.engines and "float32" in self.dtypes:
            yield partial(presets.single_precision, name)
        for engine in self._engines_to_judge():
            if engine.refusal(load_preset(name)) is None:
                yield partial(presets.engine, name, engine)

    def _engines_to_judge(self) -> Iterator[Engine]:
        """Choose the options of what is held against the reference, preset by preset."""
        for name in (name for name in self.engines if name != "reference"):
            for dtype in self.dtypes:
                engine = engine_class(name).for_check(dtype)
                if engine is not None:
                    yield engine


def find_operations(names: Sequence[str]) -> list[Operation]:
    """Find operations by their name or its first word: ``conv``, ``max_pool``, ``tv``.

    Raises
    ------
    UsageError
        If there is none of a name.

    Examples
    --------
    >>> [operation.name for operation in find_operations(["max_pool"])]
    ['max_pool floor', 'max_pool ceil']
    """
    found: list[Operation] = []
    for name in names:
        matching = [row for row in OPERATIONS if name in (row.name, row.name.split()[0])]
        if not matching:
            known = dict.fromkeys(row.name.split()[0] for row in OPERATIONS)
            near = did_you_mean(name, known)
            raise UsageError(
                f"there is no operation {name!r}{near}; choose one of {', '.join(known)}"
            )
        found += matching
    return found
