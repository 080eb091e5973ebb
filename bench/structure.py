"""Counts what a reader has to walk through: files a folder, imports between rooms, jumps of a call.

    python bench/structure.py                    # this checkout
    python bench/structure.py --root ../before   # another one, of an older layout too
    python bench/structure.py --jumps            # follows one loss and gradient in each engine

A room is a folder of the package; a file that lies at the package's own top is a room by itself.
`reference/` is flat, and read from the bottom to the top: its operations are one floor, what is
put together of them another.  An arrow is an import from one room to another.  Imports at the top
of a module must not run in a circle; those within functions come late, and are counted apart.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOPS = {"src/backpaint": "backpaint"} | {
    name: f"backpaint.{name}" for name in ("reference", "cpu", "gpu", "weights")
}
"""Where the package's folders lie, by their path in a checkout."""

PUT_TOGETHER = {"network", "terms", "objective", "memory"}
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
    """Find the package's modules by their dotted names; links to its folders are not followed."""
    found = {}
    for folder, package in TOPS.items():
        for path in sorted((root / folder).rglob("*.py")):
            inner = path.relative_to(root / folder)
            if any((root / folder / parent).is_symlink() for parent in inner.parents):
                continue
            parts = inner.with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *parts))] = path
    return found


def room(module: str, path: Path) -> str:
    """Name the room of a module."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    if package == "backpaint":
        return module
    if package == "backpaint.reference":
        return f"{package}, operations" if path.stem not in PUT_TOGETHER else package
    return package


def imports(found: dict[str, Path]) -> Iterator[Import]:
    """Read the imports of the package's own modules, but those for type checkers alone."""
    for module, path in found.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        for_types = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
            for node in ast.walk(block)
        }
        at_top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not node.level or id(node) in for_types:
                continue
            base = package[: len(package) - node.level + 1]
            base += node.module.split(".") if node.module else []
            for name in node.names:
                full = ".".join((*base, name.name))
                target = full if full in found else ".".join(base)
                yield Import(module, target, node.lineno, id(node) not in at_top)


def arrows(found: dict[str, Path], *, late: bool) -> dict[tuple[str, str], list[Import]]:
    """Collect the imports between rooms, by importing and imported room."""
    rooms = {module: room(module, path) for module, path in found.items()}
    collected: dict[tuple[str, str], list[Import]] = defaultdict(list)
    for entry in imports(found):
        here, there = rooms[entry.importer], rooms[entry.imported]
        if here != there and entry.is_late <= late:
            collected[here, there].append(entry)
    return dict(collected)


def circles(between: dict[tuple[str, str], list[Import]]) -> list[list[str]]:
    """Find the groups of rooms that import each other, around a circle or at once."""
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
    """Count the longest way down; circles must be gone."""
    targets: dict[str, set[str]] = defaultdict(set)
    for here, there in between:
        targets[here].add(there)

    @cache
    def height(name: str) -> int:
        return 1 + max((height(other) for other in targets.get(name, ())), default=0)

    return max(height(name) for name in list(targets))


def names_in_folders(root: Path) -> dict[str, int]:
    """Count what lies in each folder of the package: files and folders, links left out."""
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


JUMPS = """
import os, sys, threading
from collections import Counter
from contextlib import nullcontext
from importlib import import_module

import numpy as np

import backpaint
from backpaint.examples import example_path

engine = sys.argv[1]
top = os.path.realpath(os.path.dirname(backpaint.__file__))
root = os.path.dirname(os.path.dirname(top))
rooms = tuple(os.path.join(root, name) + os.sep for name in ("reference", "cpu", "gpu", "weights"))
files, functions, calls, local = set(), set(), set(), threading.local()


def watch(frame, event, argument):
    if event not in ("call", "return"):
        return
    stack = local.__dict__.setdefault("stack", [])
    if event == "return":
        if stack:
            stack.pop()
        return
    path = os.path.realpath(frame.f_code.co_filename)
    mine = path.startswith((top + os.sep, *rooms)) and "emulator" not in path
    key = (path, frame.f_code.co_qualname) if mine else None
    parent = next((entry for entry in reversed(stack) if entry), None)
    stack.append(key)
    if key:
        files.add(path)
        functions.add(key)
        if parent:
            calls.add((parent, key))


def emulated():
    for name in ("backpaint.gpu.device", "backpaint.gpu.device.device"):
        module = import_module(name)
        if hasattr(module, "emulate"):
            return module.emulate()


with emulated() if engine == "gpu" else nullcontext():
    pictures = example_path("cat"), example_path("swirls")
    if engine == "gpu":
        objective = backpaint.objective(*pictures, size=24, engine="reference")
        objective = import_module("backpaint.gpu").GPUObjective(
            objective.problem, "exact", dtype=np.float64, graph=False
        )
    else:
        objective = backpaint.objective(*pictures, size=48, engine=engine)
    x = objective.initial()
    objective(x), objective(x)
    threading.setprofile(watch)
    sys.setprofile(watch)
    objective(x)
    sys.setprofile(None)
across = sum(here[0] != there[0] for here, there in calls)
print(f"{engine}: {len(files)} files, {len(functions)} functions, "
      f"{len(calls)} calls from one to another, {across} of them to another file")
"""
"""Follows one loss and gradient; runs by itself, on a checkout of any layout."""


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
            subprocess.run([sys.executable, "-c", JUMPS, engine], env=environment, check=True)


if __name__ == "__main__":
    main()
