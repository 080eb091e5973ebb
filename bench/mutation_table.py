"""The page of `mutation_sample.py`."""

import ast
import tomllib
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from mutants import lines as lines_of_python

LINE = 160
"""Letters of a statement: a class's is all of it."""
REASONS = Path(__file__).parent / "sampled_equivalents.toml"
HEAD = """# Mutants of the other rooms, a sample

`mutation.md` has every mutant of `reference/`; here is a random sample of the other rooms', with a
fixed seed. Each is one file with one thing changed, in a copy of the repository, where the tests of
the file's own name run first, then those that name it, its folder's, and its room's; the slow ones
are left out. Made by `python bench/mutation_sample.py`, which goes on where it ended:
`--count 60` tries the first 60 of each room. What only the nearest tests were asked about
(`--near`) and survived them had no other tests run. What was tried of code that has changed since
is not counted.
"""
SLOW, EQUIVALENT = "Killed by slow tests alone", "Why some survive"


def table(totals: dict[str, int], records: Sequence[Any]) -> str:
    """Write the page: counts a room, why some survive, and what is open."""
    known = reasons()
    heads = ["room", "mutants", "tried", "killed", "of these by time", "by slow tests alone"]
    lines = [HEAD, "| " + " | ".join([*heads, "explained", "survived"]) + " |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    counts = {room: _counts(room, total, records, known) for room, total in totals.items()}
    counts["all"] = [sum(column) for column in zip(*counts.values(), strict=True)]
    lines += [f"| {room} | " + " | ".join(map(str, row)) + " |" for room, row in counts.items()]
    alive = [tried for tried in records if tried.outcome == "survived"]
    for title in (SLOW, EQUIVALENT):
        lines += ["", f"## {title}", ""]
        for tried in alive:
            if tried.key in known and known[tried.key][0] == title:
                lines += [f"- {describe(tried)}  ", f"  {known[tried.key][1]}"]
    left = [f"- {describe(tried)}" for tried in alive if tried.key not in known]
    lines += ["", "## Survivors", "", *(left or ["None."])]
    return "\n".join(lines) + "\n"


def _counts(
    room: str, total: int, records: Sequence[Any], known: dict[tuple[str, ...], tuple[str, str]]
) -> list[int]:
    """Mutants, tried, killed, of these by time, by slow tests alone, explained, survived."""
    here = [tried for tried in records if tried.room == room]
    killed = [tried for tried in here if tried.outcome == "killed"]
    late = [tried for tried in killed if tried.by == "time limit"]
    alive = [tried for tried in here if tried.outcome == "survived"]
    titles = [known[tried.key][0] for tried in alive if tried.key in known]
    slow, equivalent = titles.count(SLOW), titles.count(EQUIVALENT)
    survived = len(alive) - len(titles)
    return [total, len(here), len(killed), len(late), slow, equivalent, survived]


def describe(tried: Any) -> str:
    place = f"{tried.file}, {tried.function}" if tried.function else tried.file
    before, after = (shorten(text, LINE) for text in (tried.before, tried.after or "nothing"))
    return f"{place}: `{before}` became `{after}`"


def reasons() -> dict[tuple[str, ...], tuple[str, str]]:
    """Read why some mutants survive, and under which title: a slow test, or nothing to be seen."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8")).get("mutant", [])
    return {
        (entry["file"], entry["function"], entry["before"], entry["after"]): (
            SLOW if entry.get("slow") else EQUIVALENT,
            entry["reason"],
        )
        for entry in entries
    }


def of_this_code(root: Path, records: Sequence[Any]) -> list[Any]:
    """Leave out mutants of files or statements that are gone."""
    names = {tried.file for tried in records}
    there = {name: lines_of(root / name) for name in names if (root / name).exists()}
    return [
        tried for tried in records if (tried.function, tried.before) in there.get(tried.file, ())
    ]


def lines_of(path: Path) -> set[tuple[str, str]]:
    """Return the functions and lines of a file, as a record names them."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return lines_of_python(ast.parse(text))
    return {("", " ".join(line.split())) for line in text.splitlines()}
