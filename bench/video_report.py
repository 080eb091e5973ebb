"""The tables of what `video.py` has measured.

python bench/video_report.py [--check]     # docs/video.md's tables anew, from results/video.json
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "video.json"
PAGE = Path(__file__).parents[1] / "docs" / "video.md"
BEGIN, END = "<!-- measured, written by bench/video_report.py -->", "<!-- end of measured -->"
SETUPS = {
    "60 frames of 72, shallow layers, iterations 20,8, flow tvl1": "60 frames of 72",
    "10 frames of 128, all layers, iterations 20,8, flow tvl1": "10 frames of 128",
}
"""What the page shows, and how it is called there."""
CLIPS = {"pan": "pan, 4 right and 2 down a frame", "object": "a thing moves 5 and 1 a frame"}
FIRST = 10
"""Frames of a short clip: the first ones of a long one are painted likewise."""
HEAD = (
    f'| clip | way | temporal error, 2 to {FIRST} | all | of "alone" | return error | '
    "content + style loss | of the warped start's | detail | evaluations |"
)

Row = dict[str, Any]


def keep(setup: str, clip: str, way: str, row: Row) -> None:
    """Put a row into the results, and the tables into the page."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results.setdefault(setup, {}).setdefault(clip, {})[way] = row
    RESULTS.write_text(written(results), encoding="utf-8")
    PAGE.write_text(page_with(results), encoding="utf-8")


def written(results: dict[str, Any]) -> str:
    """Write results, a clip's way on each line."""
    setups = []
    for setup, clips in results.items():
        parts = []
        for clip, ways in clips.items():
            rows = ",\n".join(
                f"   {json.dumps(way)}: {json.dumps(row)}" for way, row in ways.items()
            )
            parts.append(f"  {json.dumps(clip)}: {{\n{rows}\n  }}")
        setups.append(f" {json.dumps(setup)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(setups) + "\n}\n"


def summary(row: Row) -> Row:
    """Return the means over all frames but the first, and those of the first ones."""
    return {
        "error": float(np.mean(row["errors"])),
        "first": float(np.mean(row["errors"][: FIRST - 1])),
        "loss": float(np.mean(row["losses"][1:])),
        "return": row["return"],
        "detail": row["detail"],
        "evaluations": row["evaluations"],
        "trusted": row["trusted"],
    }


def table(results: dict[str, dict[str, dict[str, Row]]]) -> str:
    """Write all ways of all clips; descents and single passes have their own ``alone``."""
    lines = [HEAD, "|---|---|" + "---:|" * 8]
    for setup, called in SETUPS.items():
        for clip, ways in results.get(setup, {}).items():
            for prefix in ("", "fast:"):
                fast = bool(prefix)
                chosen = {way: row for way, row in ways.items() if way.startswith("fast:") == fast}
                if f"{prefix}alone" in chosen:
                    lines += _part(f"{CLIPS[clip]}, {called}", prefix, chosen)
    return "\n".join(lines)


def _part(clip: str, prefix: str, ways: dict[str, Row]) -> list[str]:
    """Write the lines of descents, or of single passes."""
    alone = summary(ways[f"{prefix}alone"])
    warped = summary(ways["0"])["loss"] if "0" in ways else None
    lines = []
    for way in sorted(ways, key=_order):
        found = summary(ways[way])
        returns = "" if found["return"] is None else f"{found['return']:.1f}"
        more = "" if warped is None else f"{100 * (found['loss'] / warped - 1):+.1f} %"
        lines.append(
            f"| {clip} | {_words(way)} | {found['first']:.2f} | {found['error']:.2f} "
            f"| {found['error'] / alone['error']:.2f} | {returns} | {found['loss']:.2e} "
            f"| {more} | {found['detail']:.1f} | {found['evaluations']} |"
        )
        clip = ""
    return lines


def _order(way: str) -> tuple[bool, str]:
    """Return what ways are sorted by: each frame alone, then by stability."""
    rest = way.removeprefix("fast:")
    return rest != "alone", rest


def _words(way: str) -> str:
    """Write a way as the options that choose it."""
    fast, rest = way.startswith("fast:"), way.removeprefix("fast:")
    stability, _, look_back = rest.partition(":")
    if stability == "alone":
        return "each frame alone" + (", `--fast`" if fast else "")
    options = ["--fast"] * fast + [f"--stability {stability}"]
    options += [f"--look-back {look_back}"] * bool(look_back)
    return f"`{' '.join(options)}`"


def page_with(results: dict[str, Any]) -> str:
    """Put the table into the page's text."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}"


def main() -> int:
    """Write the page anew, or say whether it is as the results."""
    text = page_with(json.loads(RESULTS.read_text(encoding="utf-8")))
    if "--check" in sys.argv[1:]:
        return int(text != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
