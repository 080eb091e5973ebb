"""The page of `mutation_sample.py`."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

LINE = 160
"""Letters of a statement: a class's is all of it."""
EQUIVALENT = Path(__file__).parent / "sampled_equivalents.toml"
HEAD = """# Mutants of the other rooms, a sample

`mutation.md` has every mutant of `reference/`; here is a random sample of the other rooms', with a
fixed seed. Each is one file with one thing changed, in a copy of the repository, where the tests of
the file's own name run first, then those that name it, its folder's, and its room's; the slow ones
are left out. Made by `python bench/mutation_sample.py`, which goes on where it ended:
`--count 60` tries the first 60 of each room. What only the nearest tests were asked about
(`--near`) and survived them had no other tests run.
"""


def table(totals: dict[str, int], records: Sequence[Any]) -> str:
    """Write the page: counts a room, why some survive, and what is open."""
    known = reasons()
    lines = [HEAD, "| room | mutants | tried | killed | of these by time | equivalent | survived |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    counts = {room: _counts(room, total, records, known) for room, total in totals.items()}
    counts["all"] = [sum(column) for column in zip(*counts.values(), strict=True)]
    lines += [f"| {room} | " + " | ".join(map(str, row)) + " |" for room, row in counts.items()]
    alive = [tried for tried in records if tried.outcome == "survived"]
    lines += ["", "## Why some survive", ""]
    for tried in alive:
        if tried.key in known:
            lines += [f"- {describe(tried)}  ", f"  {known[tried.key]}"]
    left = [f"- {describe(tried)}" for tried in alive if tried.key not in known]
    lines += ["", "## Survivors", "", *(left or ["None."])]
    return "\n".join(lines) + "\n"


def _counts(
    room: str, total: int, records: Sequence[Any], known: dict[tuple[str, ...], str]
) -> list[int]:
    """Mutants, tried, killed, of these by the time limit, equivalent, survived."""
    here = [tried for tried in records if tried.room == room]
    killed = [tried for tried in here if tried.outcome == "killed"]
    late = [tried for tried in killed if tried.by == "time limit"]
    equivalent = [tried for tried in here if tried.outcome == "survived" and tried.key in known]
    survived = len(here) - len(killed) - len(equivalent)
    return [total, len(here), len(killed), len(late), len(equivalent), survived]


def describe(tried: Any) -> str:
    place = f"{tried.file}, {tried.function}" if tried.function else tried.file
    before, after = (shorten(text, LINE) for text in (tried.before, tried.after or "nothing"))
    return f"{place}: `{before}` became `{after}`"


def reasons() -> dict[tuple[str, ...], str]:
    """Read why some mutants survive: the same numbers, or a difference that nobody can see."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    return {
        (entry["file"], entry["function"], entry["before"], entry["after"]): entry["reason"]
        for entry in entries
    }
