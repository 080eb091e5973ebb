"""Which tests have to notice a mutant of a file, nearest first.  Used by `mutation_sample.py`."""

import re
from functools import cache
from pathlib import Path

ENGINES = "tests/engines"
WIDER = {
    "cpu": [
        ["tests/cpu", f"{ENGINES}/test_agreement.py", "-k", "cpu"],
        [ENGINES, "-k", "cpu"],
        ["tests/engine", "-k", "cpu"],
    ],
    "gpu": [
        [f"{ENGINES}/test_agreement.py", "-k", "gpu and everything"],
        ["tests/gpu"],
        [ENGINES, "-k", "gpu"],
        ["tests/engine", "-k", "gpu"],
    ],
    "weights": [["tests/weights"]],
}
"""After a file's own folder: what else its room is judged by."""

KERNELS = {
    "adam": "descent",
    "lbfgs": "descent",
    "conv": "convolution",
    "padding": "convolution",
    "edge": "convolution",
    "tensor_cores": "convolution",
    "hopper": "convolution",
    "wgmma": "convolution",
}
"""Folders of `tests/gpu`; the other kernels are the operations'."""


LONG, SHORT = 7, 2
"""Letters of a function's name that no other has by accident, and of a text that says nothing."""
MOST_NAMING = 5
"""Files of tests that name a mutated one, besides those of its folder."""


def stages(root: Path, name: Path, function: str, line: str) -> list[list[str]]:
    """Return pytest's arguments, one list a run.

    First the nearest tests: the mirrored file, others of its name, and what names it or the
    function; then its folder; then the examples of its room's docstrings; then its room.

    Parameters
    ----------
    root : Path
        Of the repository.
    name : Path
        The mutated file, from there.
    function, line : str
        Those that were changed.
    """
    if name.suffix != ".py":
        return [
            [f"tests/gpu/{_of_kernel(name.stem)}"],
            [ENGINES, "-k", "gpu and (float64 or tf32)"],
        ]
    inside = name.relative_to("src/backpaint") if name.parts[0] == "src" else name
    folder = Path("tests") / inside.parent
    mirrored, beside = folder / f"test_{inside.stem}.py", folder.with_name(f"test_{folder.name}.py")
    alike = [path for path in _tests(root) if path.name == mirrored.name]
    near = [[mirrored, *alike, *naming(root, inside, function, line)], [folder, beside]]
    if not (root / mirrored).exists():
        near[0].append(folder)
    near[0].sort(key=lambda path: path.parts[1] != inside.parts[0])
    found = [_existing(root, paths) for paths in near]
    found = [stage for stage in found if stage]
    if inside.parent == Path():
        found.append(["tests/test_api.py", "tests/cli/test_cli.py"])
    room = inside.parts[0]
    if ">>>" in (root / name).read_text(encoding="utf-8"):
        found.append(["tests/test_docstrings.py", "-k", f"backpaint.{Path(room).stem}"])
    return found + (WIDER.get(room) or _wider(root, folder))


def naming(root: Path, inside: Path, function: str, line: str) -> list[Path]:
    """List files of tests that import a module, those that name what was changed first.

    Tests of a module that a package hands on import the package; a text that stands in the changed
    line, as the name of a format, may be in tests of the room that import neither.
    """
    package = re.escape(".".join(("backpaint", *inside.parent.parts)))
    module = re.compile(rf"{package}\.{inside.stem}\b|{package} import .*\b{inside.stem}\b")
    room = re.compile(rf"{package} import\b")
    word = re.compile(rf"\b{re.escape(function.strip('_'))}\b")
    said = [text for text in re.findall(r"'([\w .-]+)'", line) if len(text) > SHORT]
    found = []
    for path, text in _tests(root).items():
        is_here = path.parts[1] == inside.parts[0]
        names = len(function) > LONG and "__" not in function and word.search(text) is not None
        imports = module.search(text) is not None
        says = is_here and any(part in text for part in said)
        if names or imports or says or (is_here and room.search(text)):
            far = path.parent != Path("tests") / inside.parent
            both = names and imports
            found.append((not both, not says, not names, not imports, far, len(text), path))
    nearest = [path for *_, path in sorted(found)[:MOST_NAMING]]
    return nearest or _speaking_of(root, inside, function)


def _speaking_of(root: Path, inside: Path, function: str) -> list[Path]:
    """List files of a room's tests that have a module's or a function's name as a word."""
    words = re.compile(rf"\b({re.escape(inside.stem)}|{re.escape(function.strip('_') or '_')})\b")
    own = {path: text for path, text in _tests(root).items() if path.parts[1] == inside.parts[0]}
    found = sorted((len(text), path) for path, text in own.items() if words.search(text))
    return [path for _, path in found[:MOST_NAMING]]


def _existing(root: Path, paths: list[Path]) -> list[str]:
    """List those files and folders that there are, each once; all of `tests` is too much."""
    return [
        str(path)
        for path in dict.fromkeys(paths)
        if (root / path).exists() and path != Path("tests")
    ]


@cache
def _tests(root: Path) -> dict[Path, str]:
    """Read all files of tests that a CPU can run."""
    files = (path for path in (root / "tests").rglob("test_*.py") if "on_device" not in path.name)
    return {path.relative_to(root): path.read_text(encoding="utf-8") for path in files}


def _of_kernel(stem: str) -> str:
    return next((KERNELS[part] for part in KERNELS if stem.startswith(part)), "operations")


def _wider(root: Path, folder: Path) -> list[list[str]]:
    """For a file of the package itself: its outermost folder, and the command line."""
    outermost = Path(*folder.parts[:2])
    wider = [] if outermost in (folder, Path("tests")) else [[str(outermost)]]
    return [*wider, ["tests/cli"]]
