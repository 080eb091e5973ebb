"""Write the reference of the command line and of a recipe's settings, from the program itself.

python docs/program_reference.py [--check]

`commands.md` comes from the commands, `settings.md` from the tables in
`src/backpaint/problem/recipe.py`, with the text below each field.
"""

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click
from msgspec import NODEFAULT

from backpaint.cli import COMMANDS, cli
from backpaint.cli.shared.grouped_help import grouped_rows
from backpaint.presets import DEFAULT, load_preset
from backpaint.presets.allowed import describe_value
from backpaint.problem import recipe as tables
from backpaint.problem.documented import documented
from backpaint.problem.flat import flat, written
from backpaint.problem.keys import LAYER, Key, alternatives, recipe_keys

DOCS = Path(__file__).parent
NOTE = "<!-- written by docs/program_reference.py -->"
LITERAL = "\b"
"""Begins a paragraph that click does not wrap."""
HEADINGS = {
    "": "Weights: the network",
    "network": "Network: pooling and filters",
    "images": "Images: size, resizing, style scale",
    "color": "Color: whose colors are painted",
    "variable": "Variable: what is optimized",
    "input": "Input: what the network is fed",
    "content": "Content: weight and layers",
    "style": "Style: weight, layers and Gram matrices",
    "masks": "Masks: what they mean, where there are any",
    "total_variation": "Total variation: smoothness",
    "laplacian": "Laplacian: edges of the content",
    "range": "Range: between black and white",
    "initial": "Initial: where the descent starts",
    "scales": "Scales: smaller sizes that are painted first",
    "optimizer": "Optimizer: method, iterations, rate",
}
"""Of the tables of a recipe, in the words that somebody looks for."""

COMMANDS_TOP = """
# Command-line reference

Every command with its options, as `backpaint COMMAND --help` prints them. The keys of `--set` have
[a page of their own](settings.md).

TAB completes commands, options, presets, engines, keys of `--set` with their values, layers and
files, once the shell is told: `backpaint completion bash >> ~/.bashrc`, or [the same for zsh and
fish](#backpaint-completion).
"""
SETTINGS_TOP = """
# Settings: every key of a recipe

Each can be changed on the command line (`--set style.weight=1e4`; `off` removes what may be
absent), along a side of `backpaint sheet`, from Python (`changes={"style.weight": 1e4}`), and in [a
file of your own](commands.md#backpaint-presets). `backpaint` is the default preset of what
paints, `gatys` of `video` and of what takes a loss apart; `backpaint presets NAME` lists the values
of another. LAYER is `conv4_2` (before its ReLU), `relu4_2` (after it) or `pool4`.

Letters: C channels and M = height * width of the layer's features (the paper writes N for C, which
is understood, too), M_style the same for the style image, P = height * width of the painted image.
"""


def main() -> None:
    """Write both pages, or with ``--check`` find out whether they are current."""
    pages = {"commands.md": commands_page(), "settings.md": settings_page()}
    for name, text in pages.items():
        path = DOCS / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"docs/{name} is old; run python docs/program_reference.py")


def commands_page() -> str:
    """Write the page of all commands."""
    lines = [NOTE, "", *COMMANDS_TOP.strip().splitlines(), "", "| command | |", "|---|---|"]
    context = click.Context(cli, info_name="backpaint")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        lines.append(f"| [`{name}`](#backpaint-{name}) | {command.get_short_help_str(200)} |")
    lines += ["", f"Exit codes: {exit_codes()}", ""]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        lines += _command(command, f"backpaint {name}", context)
    return "\n".join(lines).rstrip() + "\n"


def exit_codes() -> str:
    """Read the sentence at the end of the first help page."""
    return (cli.epilog or "").removeprefix("Exit codes: ")


def _command(command: click.Command, path: str, parent: click.Context) -> list[str]:
    """Write one command, and those below it."""
    context = click.Context(command, info_name=path.split()[-1], parent=parent)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    level = "#" * len(path.split())
    lines = [f"{level} {path}", "", f"    {usage}", *_paragraphs(command.help or ""), ""]
    for heading, rows in grouped_rows(command, context).items():
        told = [row for row in rows if "--help" not in row[0]]
        if told:
            lines += [f"| {heading} | |", "|---|---|"]
            lines += [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in told]
            lines.append("")
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        below = command.get_command(context, name)  # type: ignore[attr-defined]
        lines += _command(below, f"{path} {name}", context)
    return lines


def _paragraphs(text: str) -> Iterator[str]:
    """Turn click's help into Markdown: what it does not wrap becomes a listing."""
    for paragraph in cleandoc(text).split("\n\n"):
        first, *others = paragraph.splitlines()
        if first.strip() == LITERAL:
            yield from ("", *(f"    {line.strip()}" for line in others))
        else:
            yield from ("", _marked(" ".join(paragraph.split())))


def _marked(text: str) -> str:
    """Keep what looks like HTML or emphasis from being taken for it."""
    return re.sub(r"([<>*_|])", r"\\\1", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def settings_page() -> str:
    """Write the page of all keys of a recipe."""
    lines = [NOTE, "", *SETTINGS_TOP.strip().splitlines(), ""]
    texts = texts_of_tables()
    usual = dict(flat(_builtins(load_preset(DEFAULT))))
    for table in HEADINGS:
        keys = [key for key in recipe_keys() if _table_of(key) == table]
        lines += [f"## {HEADINGS[table]}", ""]
        kinds = dict.fromkeys(key.table.__name__ for key in keys)
        for kind in kinds:
            if kind != "Recipe":
                tag = getattr(tables, kind).__struct_config__.tag
                about = texts[kind, ""]
                lines += [f"`optimizer.method={tag}`: {about}" if tag else about, ""]
            lines += [f"| key | value | default | in {DEFAULT} | |", "|---|---|---|---|---|"]
            for key in keys:
                if key.table.__name__ == kind:
                    lines.append(_row(key, usual, texts))
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _table_of(key: Key) -> str:
    first, dot, _ = key.path.partition(".")
    return first if dot else ""


def _row(key: Key, usual: dict[str, str], texts: dict[tuple[str, str], str]) -> str:
    """Write a key's line."""
    default = "" if key.default is NODEFAULT else f"`{_cell(written(_builtins(key.default)))}`"
    is_method = key.name == "method"
    here = usual.get(key.path, "")
    if key.path.endswith(LAYER):
        start = key.path.removesuffix(LAYER)
        shown = {name.removeprefix(start): v for name, v in usual.items() if name.startswith(start)}
        here = ", ".join(f"{name} {value}" for name, value in shown.items())
    elif key.path.startswith("optimizer.") and key.table.__name__ != "LBFGSB":
        here = ""
    meaning = "Which optimizer." if is_method else texts.get((key.table.__name__, key.name), "")
    kind = " or ".join(describe_value(one) for one in alternatives(key.kind)).replace("'", "`")
    cells = (f"`{key.path}`", kind, default, here and f"`{here}`", meaning)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _builtins(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def texts_of_tables() -> dict[tuple[str, str], str]:
    """Read the texts below the tables and fields of `recipe.py`; a table's own has no field."""
    return {key: _as_markdown(text) for key, text in documented(tables).items()}


def _as_markdown(text: str) -> str:
    """Turn literals into Markdown's."""
    pieces = re.split(r"(``?[^`]+``?)", text)
    return "".join(
        f"`{piece.strip('`')}`" if piece.startswith("`") else _marked(piece) for piece in pieces
    )


if __name__ == "__main__":
    main()
