"""A description of a checkpoint, for a person."""

from pathlib import Path
from typing import Any

import msgspec

from ..presets.compose import color_name
from ..scales import coarser_recipes
from ..words import memory
from .array_file import read_arrays
from .facts import read_facts
from .history import read_history

LONGEST = 40
"""Characters of what is said of a machine; lists of instructions are longer."""


def describe_checkpoint(path: str | Path) -> dict[str, Any]:
    """Collect what a run's settings are and how far it has come, as in a picture's metadata.

    Parameters
    ----------
    path : str or Path
        All of the file is looked at; of its arrays, the history alone is kept in memory.

    Returns
    -------
    dict
        The keys of `Painting.metadata` that there are, and ``machine``, ``every``, ``bytes``, and
        ``wanted``: the iterations that the run is to have, at all sizes.

    Raises
    ------
    UsageError
        As `read_checkpoint`.
    """
    arrays, text = read_arrays(path, lambda name: name == "history")
    facts, recipe = read_facts(text, path)
    history = read_history(arrays, facts, path)
    last = history[-1] if history else None
    settings: dict[str, Any] = msgspec.to_builtins(facts)
    return settings | {
        "preset": recipe.name,
        "color": color_name(recipe),
        "evaluations": len(history),
        "seconds": 0.0 if last is None else round(last.seconds, 3),
        "loss": None if last is None else last.loss,
        "terms": {} if last is None else last.terms,
        "stopped": facts.reason,
        "wanted": sum(one.optimizer.iterations for one in (*coarser_recipes(recipe), recipe)),
        "versions": {k: v for k, v in facts.machine.items() if len(v) <= LONGEST},
        "bytes": Path(path).stat().st_size,
    }


def lines_of(made: dict[str, Any]) -> list[str]:
    """List what only a checkpoint has, a line each."""
    return [
        f"{'kept':<16}every {made['every']} iterations, {memory(made['bytes'])}",
        f"{'iterations':<16}{made['iterations']} of {made['wanted']}",
    ]
