"""The page of `mutation.py`, from the records of its runs."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
RECORDS = Path(__file__).parent / "results" / "mutation.json"
HEAD = """# Mutants of the reference

Each mutant is one file of `reference/` with one thing changed: a sign, an operator or
the order of its operands, a number (plus one, minus one, doubled), a comparison, a
bound of a slice, an axis, two arguments exchanged, a branch, or a statement left out.
The tests of that file have to fail. Left out are `memory.py`, which estimates bytes and
has no part in any number of a picture, and `engine.py`, which passes on what it is given. Made by
`python bench/mutation.py`, which takes names of files and then makes their rows anew.

| file | mutants | killed | equivalent | survived |
|---|---:|---:|---:|---:|
"""

Key = tuple[str, str, str]
"""Of a mutant in its file: the function, the statement, and what it became."""


@dataclass(frozen=True)
class Result:
    """What became of the mutants of one file.

    Attributes
    ----------
    module : str
        Its path in `reference/`, without the suffix.
    total : int
    alive : tuple of Key
        Those that no test noticed, in the order of the text.
    """

    module: str
    total: int
    alive: tuple[Key, ...]

    def equivalent(self, known: Mapping[tuple[str, ...], str]) -> list[Key]:
        """List the survivors that have a reason."""
        return [key for key in self.alive if (self.module, *key) in known]

    def survived(self, known: Mapping[tuple[str, ...], str]) -> list[Key]:
        """List the survivors that have none."""
        return [key for key in self.alive if (self.module, *key) not in known]


def reasons() -> dict[tuple[str, ...], str]:
    """Read why some mutants are the same function."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {
        (entry["module"], entry["function"], entry["before"], after): entry["reason"]
        for entry in entries
        for after in entry["after"]
    }


def kept() -> dict[str, Result]:
    """Read the results of earlier runs, by file."""
    if not RECORDS.exists():
        return {}
    return {
        entry["module"]: Result(
            entry["module"], entry["total"], tuple((a, b, c) for a, b, c in entry["alive"])
        )
        for entry in json.loads(RECORDS.read_text(encoding="utf-8"))
    }


def keep(results: Iterable[Result]) -> None:
    """Write results for later runs."""
    text = json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False)
    RECORDS.write_text(text + "\n", encoding="utf-8")


def outdated(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """List mutants that have a reason, and that no longer survive."""
    alive = {(result.module, *key) for result in results for key in result.alive}
    ran = {result.module for result in results}
    return sorted(key for key in reasons() if key[0] in ran and key not in alive)


def page(results: Sequence[Result]) -> str:
    """Write the report in Markdown."""
    known = reasons()
    rows = {f"`{result.module}.py`": _counts(result, known) for result in results}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [f"| {name} | " + " | ".join(map(str, counts)) + " |" for name, counts in rows.items()]
    lines += ["", "## Equivalent mutants", ""]
    lines += ["They compute the same numbers, so no test can tell them apart.", ""]
    for result in results:
        for key in result.equivalent(known):
            lines += [f"- {_described(result, key)}  ", f"  {known[result.module, *key]}"]
    survived = [
        f"- {_described(result, key)}" for result in results for key in result.survived(known)
    ]
    if survived:
        lines += ["", "## Survivors", "", *survived]
    return HEAD + "\n".join(lines) + "\n"


def _counts(result: Result, known: Mapping[tuple[str, ...], str]) -> list[int]:
    """Mutants, killed, equivalent, survived."""
    equivalent, survived = len(result.equivalent(known)), len(result.survived(known))
    return [result.total, result.total - equivalent - survived, equivalent, survived]


def _described(result: Result, key: Key) -> str:
    function, before, after = key
    return f"`{result.module}.{function}`: `{before}` became `{after}`"
