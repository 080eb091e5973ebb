"""Which tests have to notice a mutant of a file, nearest first.  Used by `mutation_sample.py`."""

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
    "tensor_cores": "convolution",
    "hopper": "convolution",
    "wgmma": "convolution",
}
"""Folders of `tests/gpu`; the other kernels are the operations'."""


def stages(root: Path, name: Path) -> list[list[str]]:
    """Give pytest's arguments, one list a run: the mirrored file, its folder, its room.

    Parameters
    ----------
    root : Path
        Of the repository.
    name : Path
        The mutated file, from there.
    """
    if name.suffix != ".py":
        return [
            [f"tests/gpu/{_of_kernel(name.stem)}"],
            [ENGINES, "-k", "gpu and (float64 or tf32)"],
        ]
    inside = name.relative_to("src/backpaint") if name.parts[0] == "src" else name
    folder = Path("tests") / inside.parent
    near = [folder / f"test_{inside.stem}.py", folder, folder.with_name(f"test_{folder.name}.py")]
    found = [[str(path)] for path in near if (root / path).exists() and path != Path("tests")]
    if inside.parent == Path():
        found.append(["tests/test_api.py", "tests/cli/test_cli.py"])
    room = inside.parts[0]
    return found + (WIDER.get(room) or _wider(root, folder))


def _of_kernel(stem: str) -> str:
    return next((KERNELS[part] for part in KERNELS if stem.startswith(part)), "operations")


def _wider(root: Path, folder: Path) -> list[list[str]]:
    """For a file of the package itself: its outermost folder, and the command line."""
    outermost = Path(*folder.parts[:2])
    wider = [] if outermost in (folder, Path("tests")) else [[str(outermost)]]
    return [*wider, ["tests/cli"]]
