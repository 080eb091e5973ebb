"""Reads the pickles of PyTorch's and NumPy's files as data: nothing is imported, nothing is called.

A pickle is a program for a small stack machine, and may call any function.  This machine knows
only the instructions that build numbers, strings, tuples, lists and dicts.  Where a program names
a function or class, it gets an inert `Name`; where it calls one, an inert `Call`; where it refers
to the numbers beside the pickle, a `Persistent`.  `pytorch/file.py` and `npy.py` look for the few
that they know.
"""

import pickletools
import sys
from dataclasses import dataclass
from typing import IO, Any

from ..assembly.stored import UnsuitableFileError

_MOST_INSTRUCTIONS = 100_000
_KEYS_BELOW = sys.hash_info.modulus
"""Smaller numbers have a hash each.  A checkpoint's optimizer counts its parameters, or keeps them
by their addresses."""

_MARK = object()


@dataclass(frozen=True, eq=False)
class Name:
    """A function or class that a pickle names: ``torch._utils _rebuild_tensor_v2``."""

    text: str


@dataclass(eq=False)
class Call:
    """A call that a pickle asks for, and that does not happen; then it may hand over a state."""

    function: Name
    arguments: tuple[Any, ...]
    state: Any = None


@dataclass(frozen=True, eq=False)
class Persistent:
    """A reference of a pickle to something outside of it."""

    key: Any


_PUSH_ARGUMENT = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_PUSH_CONSTANT = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_SHORT_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = {"PROTO", "FRAME"}
_ORDERED_DICT = "collections OrderedDict"


def read_pickle(file: IO[bytes]) -> Any:
    """Build what one pickle describes.

    Parameters
    ----------
    file : binary file
        Positioned at the pickle; afterwards, right after it.

    Returns
    -------
    object
        Made of numbers, strings, bytes, None, tuples, lists, dicts, `Name`, `Call` and
        `Persistent`.  Lists and dicts may contain themselves.

    Raises
    ------
    UnsuitableFileError
        If it has an instruction that weights do not need, or too many.
    Exception
        Anything else if it is damaged: to be called within `library_errors`.
    """
    machine = _Machine()
    for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
        if opcode.name == "STOP":
            return machine.stack.pop()
        if count == _MOST_INSTRUCTIONS:
            raise UnsuitableFileError(f"its pickle has more than {count} instructions")
        machine.execute(opcode.name, argument)
    raise EOFError("the pickle does not end")


class _Machine:
    """Stack and memory of the pickle machine."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def execute(self, instruction: str, argument: Any) -> None:
        if instruction in _PUSH_ARGUMENT:
            self.stack.append(argument)
        elif instruction in _PUSH_CONSTANT:
            self.stack.append(_PUSH_CONSTANT[instruction])
        elif instruction in _SHORT_TUPLES:
            self.stack.append(tuple(self._take(_SHORT_TUPLES[instruction])))
        elif instruction not in _IGNORED:
            method = getattr(self, f"_{instruction.lower()}", None)
            if method is None:
                raise UnsuitableFileError(
                    f"holds a pickled object (made by the instruction {instruction})",
                    "a state_dict",
                )
            method(*([] if argument is None else [argument]))

    def _take(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ValueError("the pickle takes more than there is")
        values = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return values

    def _take_to_mark(self) -> list[Any]:
        for position in range(len(self.stack) - 1, -1, -1):
            if self.stack[position] is _MARK:
                values = self.stack[position + 1 :]
                del self.stack[position:]
                return values
        raise ValueError("the pickle has no mark")

    def _mark(self) -> None:
        self.stack.append(_MARK)

    def _tuple(self) -> None:
        self.stack.append(tuple(self._take_to_mark()))

    def _empty_list(self) -> None:
        self.stack.append([])

    def _append(self) -> None:
        self._extend(self._take(1))

    def _appends(self) -> None:
        self._extend(self._take_to_mark())

    def _extend(self, values: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("the pickle appends to what is no list")
        self.stack[-1].extend(values)

    def _empty_dict(self) -> None:
        self.stack.append({})

    def _setitem(self) -> None:
        self._update(self._take(2))

    def _setitems(self) -> None:
        self._update(self._take_to_mark())

    def _update(self, values: list[Any]) -> None:
        target, keys = self.stack[-1], values[::2]
        if not isinstance(target, dict) or len(values) % 2:
            raise ValueError("the pickle sets an item of what is no dict")
        if not all(map(_is_quick_key, keys)):
            raise UnsuitableFileError(
                "its pickle has a key that is no string and no usual number", "a state_dict"
            )
        target.update(zip(keys, values[1::2], strict=True))

    def _binput(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    _long_binput = _binput

    def _memoize(self) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _binget(self, place: int) -> None:
        self.stack.append(self.memo[place])

    _long_binget = _binget

    def _global(self, name: str) -> None:
        self.stack.append(Name(name))

    def _stack_global(self) -> None:
        module, name = self._take(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("the pickle names a function by what is no string")
        self.stack.append(Name(f"{module} {name}"))

    def _reduce(self) -> None:
        function, arguments = self._take(2)
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise ValueError("the pickle calls what is no function")
        if function.text != _ORDERED_DICT:
            self.stack.append(Call(function, arguments))
            return
        self.stack.append({})
        for pairs in arguments:  # Python 2 hands over all keys and values; Python 3 sets them later
            self._update(_emptied(pairs))

    def _build(self) -> None:
        """Keep a state beside its call; a dict's, ``_metadata``, says nothing about its arrays."""
        (state,), target = self._take(1), self.stack[-1]
        if isinstance(target, Call):
            target.state = state
        elif not isinstance(target, dict):
            raise UnsuitableFileError("holds a pickled object instead of arrays", "a state_dict")

    def _binpersid(self) -> None:
        self.stack.append(Persistent(*self._take(1)))


def _is_quick_key(key: Any) -> bool:
    """Whether a key is quick to hash and to compare, and unlike other keys.

    One of any other type could be tuples of tuples of tuples; and thousands of huge integers can
    have the same hash, so that each is compared with all before it.
    """
    return isinstance(key, str) or (isinstance(key, int) and abs(key) < _KEYS_BELOW)


def _emptied(pairs: Any) -> list[Any]:
    """Take keys and values out of a list of ``[key, value]``, so that none comes again."""
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list) and len(pair) == 2 for pair in pairs
    ):
        raise ValueError("the pickle makes a dict of what is no list of pairs")
    flat = [part for pair in pairs for part in pair]
    pairs.clear()
    return flat
