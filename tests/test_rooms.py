"""The rooms: no import runs in a circle, no folder overflows, the package table names them all."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "bench" / "structure.py"

LATE = {(f"backpaint.gpu.{room}", "backpaint.gpu.emulator") for room in ("device", "convolution")}
"""Arrows that go up, within functions: the emulator stands in for the device, and for cuDNN."""

ROOMY = 15
"""Names that a folder may hold; a dozen is better."""
LARGER = {
    "reference": "the operations in a row, as README reads them",
    "gpu/kernels": "a file for each kernel",
    "src/backpaint/cli": "a file for each command",
    "src/backpaint": "the rooms themselves, and what all of them stand on",
    "src/backpaint/presets": "a file for each system",
}
"""Folders that hold more, and why."""


@pytest.fixture(scope="module")
def structure():
    spec = importlib.util.spec_from_file_location("structure", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["structure"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["structure"]


@pytest.fixture(scope="module")
def found(structure):
    """The package's modules."""
    return structure.modules(ROOT)


def closing_imports(structure, between):
    """List the imports between rooms of a circle, one a line."""
    lines = []
    for group in structure.circles(between):
        for (here, there), entries in between.items():
            if here in group and there in group:
                lines += [
                    f"{entry.importer}, line {entry.line}, imports {entry.imported} "
                    f"({here} -> {there})"
                    for entry in entries
                ]
    return "\n".join(lines)


def test_no_import_runs_in_a_circle(structure, found):
    between = structure.arrows(found, late=False)
    assert not structure.circles(between), closing_imports(structure, between)


def test_late_imports_run_in_no_circle_either(structure, found):
    between = structure.arrows(found, late=True)
    between = {arrow: entries for arrow, entries in between.items() if arrow not in LATE}
    assert not structure.circles(between), closing_imports(structure, between)


def test_a_circle_is_named_by_the_imports_that_close_it(structure, tmp_path):
    for name, text in (
        ("src/backpaint/__init__.py", ""),
        ("src/backpaint/errors.py", ""),
        ("cpu/__init__.py", ""),
        ("cpu/threads/__init__.py", ""),
        ("cpu/threads/team.py", "from ..network.maps import Maps\n"),
        ("cpu/network/__init__.py", ""),
        ("cpu/network/maps.py", "from ...errors import UsageError\nfrom ..threads import team\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    between = structure.arrows(structure.modules(tmp_path), late=False)
    assert structure.circles(between) == [["backpaint.cpu.network", "backpaint.cpu.threads"]]
    assert closing_imports(structure, between).splitlines() == [
        "backpaint.cpu.network.maps, line 2, imports backpaint.cpu.threads.team "
        "(backpaint.cpu.network -> backpaint.cpu.threads)",
        "backpaint.cpu.threads.team, line 1, imports backpaint.cpu.network.maps "
        "(backpaint.cpu.threads -> backpaint.cpu.network)",
    ]


@pytest.mark.parametrize(
    ("text", "imported", "is_late"),
    [
        ("from ..errors import UsageError", "backpaint.errors", False),
        ("from .. import errors", "backpaint.errors", False),
        ("import backpaint.errors", "backpaint.errors", False),
        (
            "try:\n    from . import maps\nexcept ImportError:\n    pass",
            "backpaint.cpu.maps",
            False,
        ),
        ("class A:\n    from .maps import Maps", "backpaint.cpu.maps", False),
        ("def f():\n    from .maps import Maps", "backpaint.cpu.maps", True),
        ("f = lambda: import_module('.maps', __package__)", "backpaint.cpu.maps", True),
        ("if TYPE_CHECKING:\n    from .maps import Maps", None, False),
        ("import errors, numpy", None, False),
    ],
)
def test_every_form_of_an_import_is_seen(structure, tmp_path, text, imported, is_late):
    found = {}
    for name in ("backpaint.errors", "backpaint.cpu.maps", "backpaint.cpu.team"):
        found[name] = tmp_path / f"{name}.py"
        found[name].write_text("")
    found["backpaint.cpu.team"].write_text(text)
    seen = [(entry.imported, entry.is_late) for entry in structure.imports(found)]
    assert seen == ([] if imported is None else [(imported, is_late)])


def test_no_folder_is_crowded(structure):
    counts = structure.names_in_folders(ROOT)
    crowded = {folder for folder, count in counts.items() if count > ROOMY}
    assert crowded == set(LARGER), crowded ^ set(LARGER)


def test_every_room_has_its_tests_under_its_own_name(found):
    packages = {name for name, path in found.items() if path.stem == "__init__"}
    rooms = {name.split(".")[1] for name in packages if "." in name}
    assert rooms <= {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}


def test_the_package_table_names_every_room(found):
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    places = {
        module: str(path.parent.relative_to(ROOT))
        for module, path in found.items()
        if path.name == "__init__.py"
    }
    assert sorted(table["packages"]) == sorted(places)
    elsewhere = {name: place for name, place in places.items() if not place.startswith("src/")}
    assert table["package-dir"] == {"backpaint": "src/backpaint"} | elsewhere


def test_the_package_table_names_every_file_that_is_no_module(structure, found):
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    given = {
        path
        for package, patterns in table["package-data"].items()
        for folder in [found[package].parent]
        for pattern in patterns
        for path in folder.glob(pattern)
    }
    listed = subprocess.run(
        ["git", "ls-files", *structure.TOPS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    paths = [ROOT / line for line in listed if not line.endswith(".py")]
    assert [path for path in paths if not path.is_symlink() and path not in given] == []
