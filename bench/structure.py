"""The package's structure in numbers: files a folder, imports between rooms, circles among them.

    python bench/structure.py                    # this checkout
    python bench/structure.py --root ../before   # another one, of an older layout too
    python bench/structure.py --jumps            # also follow one loss and gradient in each engine

A room is a folder of the package; a file that lies at the package's own top is a room by itself.
`reference/` is read from the bottom to the top: its operations are one floor, what is put together
of them another; those of a one-pass network have a room of their own.  An arrow is an import from
one room to another.  Imports that run with a module must not form a circle; those within functions
come late, and are counted apart.
A module that is imported by a name put together at run time is not seen.
"""

import argparse
import ast
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from operator import itemgetter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JUMPS = Path(__file__).with_name("jumps.py")
TOPS = {"src/backpaint": "backpaint"} | {
    name: f"backpaint.{name}" for name in ("reference", "cpu", "fast", "gpu", "weights")
}
"""Where the package's folders lie, by their path in a checkout."""

PUT_TOGETHER = {
    *("blend", "engine", "network", "statistic_term", "terms", "picture_terms"),
    *("objective", "memory"),
}
"""Files of `reference/` that are no operations."""


@dataclass(frozen=True)
class Import:
    """A module that imports another.

    Attributes
    ----------
    importer, imported : str
        Dotted names.
    line : int
        In the importer's file.
    is_late : bool
        Whether it stands within a function.
    """

    importer: str
    imported: str
    line: int
    is_late: bool


def modules(root: Path) -> dict[str, Path]:
    """List the package's modules by their dotted names; links to its folders are not followed."""
    found = {}
    for folder, package in TOPS.items():
        for path in sorted((root / folder).rglob("*.py")):
            inner = path.relative_to(root / folder)
            if any(is_link(root / folder / parent) for parent in inner.parents):
                continue
            parts = inner.with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *parts))] = path
    return found


@cache
def is_link(folder: Path) -> bool:
    """Whether a folder is a link to another one; all files of a folder ask."""
    return folder.is_symlink()


def room(module: str, path: Path) -> str:
    """Name the room of a module."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    if package == "backpaint":
        return module
    if package == "backpaint.reference":
        return f"{package}, operations" if path.stem not in PUT_TOGETHER else package
    return package


def imports(found: dict[str, Path]) -> Iterator[Import]:
    """Read which of the package's modules import which, but for type checkers alone."""
    for module, path in found.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for base, name, line, is_late in statements(path, package):
            full = f"{base}.{name}" if name else base
            target = full if full in found else base
            if target in found:
                yield Import(module, target, line, is_late)


@cache
def statements(path: Path, package: str) -> tuple[tuple[str, str, int, bool], ...]:
    """List (module, name in it, line, whether it runs later) of a file's imports."""
    text = path.read_text(encoding="utf-8")
    found = [
        (base, name, node.lineno, is_late)
        for node, is_late in nodes(ast.parse(text), by_call="import_module" in text)
        for base, name in imported_names(node, package)
    ]
    return tuple(sorted(found, key=itemgetter(2)))


def nodes(tree: ast.AST, *, by_call: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Walk through a module's code, with whether it runs later than the module itself.

    Through its statements alone, unless it may import by a call, which stands in an expression.
    """
    waiting = [(tree, False)]
    while waiting:
        node, is_late = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node = ast.Module(node.orelse, [])
        late = is_late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield node, late
        for child in ast.iter_child_nodes(node):
            if by_call or not isinstance(child, ast.expr):
                waiting.append((child, late))


def imported_names(node: ast.AST, package: str) -> list[tuple[str, str]]:
    """List (module, name in it) of an import statement, or of a call of `import_module`."""
    match node:
        case ast.ImportFrom():
            base = "." * node.level + (node.module or "")
            return [(resolve_name(base, package), alias.name) for alias in node.names]
        case ast.Import():
            return [(alias.name, "") for alias in node.names]
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if ast.unparse(node.func).endswith(
            "import_module"
        ):
            return [(resolve_name(name, package), "")]
    return []


def arrows(found: dict[str, Path], *, late: bool) -> dict[tuple[str, str], list[Import]]:
    """Collect the imports between rooms, with the late ones or without, by both rooms."""
    rooms = {module: room(module, path) for module, path in found.items()}
    collected: dict[tuple[str, str], list[Import]] = defaultdict(list)
    for entry in imports(found):
        here, there = rooms[entry.importer], rooms[entry.imported]
        if here != there and (late or not entry.is_late):
            collected[here, there].append(entry)
    return dict(collected)


def circles(between: dict[tuple[str, str], list[Import]]) -> list[list[str]]:
    """Find the groups of rooms each of which can be reached from each other one."""
    targets: dict[str, set[str]] = defaultdict(set)
    for here, there in between:
        targets[here].add(there)

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = targets.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen

    reach = {name: reachable(name) for name in list(targets)}
    groups = {
        frozenset(other for other in reach[name] if name in reach.get(other, ()))
        for name in reach
        if name in reach[name]
    }
    return sorted(sorted(group) for group in groups)


def floors(between: dict[tuple[str, str], list[Import]]) -> int:
    """Count the rooms on the longest way down; without circles alone it has an end."""
    targets: dict[str, set[str]] = defaultdict(set)
    for here, there in between:
        targets[here].add(there)

    @cache
    def height(name: str) -> int:
        return 1 + max((height(other) for other in targets.get(name, ())), default=0)

    return max((height(name) for name in list(targets)), default=1)


def names_in_folders(root: Path) -> dict[str, int]:
    """Count what lies in each folder of the package: files that git knows, and folders."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", *TOPS], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names: dict[str, set[str]] = defaultdict(set)
    for line in listed:
        path = Path(line)
        if (root / path).is_symlink():
            continue
        for entry in (path, *path.parents[:-1]):
            if str(entry) not in TOPS and str(entry.parent) != ".":
                names[str(entry.parent)].add(entry.name)
    return {folder: len(inside) for folder, inside in sorted(names.items())}


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--jumps", action="store_true", help="also run each engine once")
    options = parser.parse_args()
    root = options.root.resolve()
    for folder, count in names_in_folders(root).items():
        print(f"{count:4d} {folder}")
    found = modules(root)
    for late in (False, True):
        between = arrows(found, late=late)
        rooms = Counter(room(module, path) for module, path in found.items())
        print(
            f"{'with late imports' if late else 'at import time'}: {len(rooms)} rooms, "
            f"{len(between)} arrows, {len(circles(between))} circles"
            + ("" if circles(between) else f", {floors(between)} floors")
        )
        for group in circles(between):
            print("    circle:", ", ".join(group))
    if options.jumps:
        environment = os.environ | {"PYTHONPATH": str(root / "src")}
        for engine in ("reference", "cpu", "gpu"):
            subprocess.run([sys.executable, JUMPS, engine], env=environment, check=True)


if __name__ == "__main__":
    main()
