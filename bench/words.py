"""Counts of words, room by room, and the first lines that break the rule of the prose.

    python bench/words.py                   # this checkout: docstring to code, and a count
    python bench/words.py --lines           # each first line that breaks the rule, with its place
    python bench/words.py --root ../before  # another checkout

A docstring is counted with its quotes; what is neither docstring nor comment nor empty is code.
The rule is that of `docs/develop/style.md`.
"""

import argparse
import ast
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ("tests", "bench", "docs")
"""What is counted beside the package."""

RELATIVE = {"What", "How", "Which", "From", "Where", "Who", "Whose", "That", "Whatever"}
"""No noun phrase begins so: what a module or class is stands first."""
VAGUE = {"Give", "Tell", "Say", "Know"}
"""No function begins so: Return, Whether, Compute, Write and Raise say what happens."""
OWNERS = {
    ast.Module: "module",
    ast.ClassDef: "class",
    ast.FunctionDef: "function",
    ast.AsyncFunctionDef: "function",
}


@dataclass(frozen=True)
class Docstring:
    """A docstring, and whose it is.

    Attributes
    ----------
    path : Path
    line : int
    owner : {"module", "class", "function", "attribute"}
    text : str
    lines : int
        That it takes, with its quotes.
    """

    path: Path
    line: int
    owner: str
    text: str
    lines: int

    @property
    def first_line(self) -> str:
        """The line that tools show."""
        return self.text.strip().partition("\n")[0]

    @property
    def breaks_the_rule(self) -> bool:
        """Whether the first word is none that a noun phrase or a plain statement begins with."""
        if self.owner == "attribute":  # it answers the question that the attribute's name asks
            return False
        word = self.first_line.split(" ")[0].strip("`,.:")
        return word in (RELATIVE | VAGUE if self.owner == "function" else RELATIVE)


def docstrings(path: Path) -> Iterator[Docstring]:
    """List a file's docstrings, those of attributes too."""
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        owner = OWNERS.get(type(node))
        for index, statement in enumerate(node.body if owner else ()):  # type: ignore[attr-defined]
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text)) as value):
                    lines = (value.end_lineno or value.lineno) - value.lineno + 1
                    kind = "attribute" if index or owner is None else owner
                    yield Docstring(path, value.lineno, kind, text, lines)


def statements(module: ast.Module) -> Iterator[ast.AST]:
    """Yield a module and its statements, however deep: docstrings lie in no expression."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, [])
            waiting += inner if isinstance(inner, list) else []


def package_rooms(root: Path) -> list[str]:
    """List the package's folders at the top of a checkout, as pyproject.toml maps them."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    places = set(table["tool"]["setuptools"]["package-dir"].values())
    return sorted(place for place in places if "/" not in place or place.startswith("src/"))


def python_files(root: Path, room: str) -> list[Path]:
    """List a room's files; the package's links to other rooms are not followed."""
    return [
        path
        for path in sorted((root / room).rglob("*.py"))
        if not any(parent.is_symlink() for parent in path.parents if parent != root)
    ]


def counts(path: Path) -> tuple[int, int, int]:
    """Count a file's lines of docstrings, of code, and of comments within it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    told = sum(each.lines for each in docstrings(path))
    comments = sum(line.strip().startswith("#") for line in lines)
    code = sum(bool(line.strip()) for line in lines) - comments
    blank_told = sum(
        not line.strip()
        for each in docstrings(path)
        for line in lines[each.line - 1 : each.line - 1 + each.lines]
    )
    return told, code - told + blank_told, comments


def main() -> None:
    """Print the table, and the lines if they are wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--lines", action="store_true", help="list what breaks the rule")
    options = parser.parse_args()
    root = options.root.resolve()
    broken: dict[str, list[Docstring]] = defaultdict(list)
    print("files   code  docstring  doc/code  comments  first lines against the rule")
    for room in (*package_rooms(root), *BESIDE):
        files, total = python_files(root, room), Counter[str]()
        for path in files:
            for name, count in zip(("doc", "code", "comments"), counts(path), strict=True):
                total[name] += count
            broken[room] += [each for each in docstrings(path) if each.breaks_the_rule]
        ratio = total["doc"] / max(total["code"], 1)
        print(
            f"{len(files):5d} {total['code']:6d} {total['doc']:10d} {ratio:9.2f} "
            f"{total['comments']:9d} {len(broken[room]):5d}  {room}"
        )
    if options.lines:
        for each in (each for found in broken.values() for each in found):
            print(f"{each.path.relative_to(root)}:{each.line}: {each.first_line}")


if __name__ == "__main__":
    main()
