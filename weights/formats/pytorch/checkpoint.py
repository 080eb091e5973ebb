"""All tensors of a PyTorch file, wherever its dicts and lists keep them.

A file is a state_dict, or holds one beside an optimizer, a schedule and an epoch; which of the
tensors are a network is told later, by their names and shapes.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ...assembly.layer_names import LONGEST_NAME, parse
from ...assembly.stored import UnsuitableFileError
from ..pickle_data import Call
from .tensors import Tensor, is_tensor, tensor_of

_PLAIN = {
    "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
    "torch Size",
    "torch device",
}
"""Calls that stand for a number, a shape or a place."""


def find_tensors(tree: Any) -> dict[str, Tensor | UnsuitableFileError]:
    """Find all tensors of a state_dict, or of a checkpoint that keeps some at any depth.

    Parameters
    ----------
    tree : object
        From `read_pickle`.

    Returns
    -------
    dict of str to Tensor or UnsuitableFileError
        By the names on the way, ``"model.features.0.weight"``; the error says why a tensor cannot
        be read.  Numbers and text are skipped.

    Raises
    ------
    UnsuitableFileError
        If there is no dict, or a pickled object lies among a network's tensors.
    """
    if isinstance(tree, Call):
        raise UnsuitableFileError(f"holds a pickled {tree.function.text!r:.80}", "a state_dict")
    found: dict[str, Tensor | UnsuitableFileError] = {}
    for name, call in _calls(tree):
        if name in found:
            raise UnsuitableFileError(f"holds {name!r:.80} twice", "each tensor once")
        try:
            found[name] = tensor_of(name, call)
        except UnsuitableFileError as problem:
            found[name] = problem
    if not found and not isinstance(tree, dict):
        raise UnsuitableFileError("holds no dict of tensors", "a state_dict")
    return found


def _calls(tree: Any) -> Iterator[tuple[str, Call]]:
    """Walk over dicts and lists, each once: they may contain themselves, and one another."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", tree)]
    while waiting:
        path, holder = waiting.pop()
        if id(holder) in seen:
            continue
        seen.add(id(holder))
        items = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
        if any(is_tensor(value) and parse(f"{path}.{key}") for key, value in items):
            _require_no_objects(items)
        inner = []
        for key, value in items:
            if not isinstance(value, dict | list | tuple) and not is_tensor(value):
                continue
            name = f"{path}.{key}" if path else str(key)
            if len(name) > LONGEST_NAME:
                raise UnsuitableFileError(f"has a name of {len(name)} letters", "a state_dict")
            if is_tensor(value):
                yield name, value
            else:
                inner.append((name, value))
        waiting += reversed(inner)


def _require_no_objects(items: Iterable[tuple[Any, Any]]) -> None:
    """Refuse what is called among tensors, unless it stands for a number or a size."""
    for name, value in items:
        if isinstance(value, Call) and not is_tensor(value) and value.function.text not in _PLAIN:
            raise UnsuitableFileError(
                f"its entry {name!r:.80} is no tensor but {value.function.text!r:.80}",
                "a state_dict",
            )
