"""The architecture page: what it links to is defined there, and runs in the order of its steps."""

import ast
import os
import re
import sys
from pathlib import Path

import pytest

import backpaint
import backpaint.cli
from backpaint.examples import example_path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
NAMED = re.compile(r"\[`([\w.]+)`\]\(\.\./([\w/.]+\.py)\)")
"""A function or class, and the file that has it."""


def links(heading=""):
    """List (name, file) of a section, or of the whole page."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(heading)[2].partition("\n## ")[0] if heading else text
    return NAMED.findall(section)


def defined(path):
    """Collect the functions and classes of a file, methods with their class."""
    names = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            inner = (each for each in getattr(node, "body", []) if isinstance(node, ast.ClassDef))
            names |= {f"{node.name}.{each.name}" for each in inner if hasattr(each, "name")}
    return names


WISHES = {
    "a new pool": "src/backpaint/problem/feature_sizes.py",
    "a log in CSV": "src/backpaint/painting/diary/journal.py",
    "weights of Keras 4": "weights/formats/keras/keras_3.py",
    "colors kept in another color space": "src/backpaint/color/match.py",
    "pictures in JPEG XL": "src/backpaint/isolation/open_picture.py",
    "a decaying rate for Adam": "gpu/descent/descent.py",
    "the gradient's length on the progress line": "src/backpaint/painting/diary/progress.py",
    "style by means and variances of channels": "src/backpaint/problem/term_constants.py",
    "an engine in MLX": "tests/engines/table.py",
    "losses plotted against seconds": "src/backpaint/painting/diary/plot.py",
    "style by skewness": "reference/statistic_term.py",
    "a checkerboard penalty": "gpu/terms/variation.py",
    "RMSprop": "src/backpaint/engine/optimizer_memory.py",
    "a wider tile for the convolution": "gpu/convolution/tiles.py",
    "--shift for style.shift": "src/backpaint/cli/shared/request.py",
    "paintings as AVIF": "src/backpaint/images/write.py",
    "a figure of Adam's steps": "docs/pictures/sheet.py",
    "ReLU with a slope at 0, by name": "src/backpaint/testing/relu.py",
    "a fuzzer that knows animated AVIF": "bench/fuzz_pictures.py",
}
"""Changes that a reader was to find by README and the page alone, and a file each that is not
obvious.  In two trials of ten, those of pictures, Adam, progress, statistics and plot were not to
be found at first, then skewness, the tile, the option, the figure, the mistake and the fuzzer."""


@pytest.mark.parametrize("wish", WISHES)
def test_a_change_finds_its_file(wish):
    pages = [PAGE, *sorted((PAGE.parent / "develop").glob("add_*.md"))]
    targets = {
        os.path.relpath(page.parent / target, ROOT)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    }
    assert WISHES[wish] in targets


def test_every_name_is_defined_in_the_file_that_it_links_to():
    assert len(links()) > 50
    missing = [(name, path) for name, path in links() if name not in defined(path)]
    assert not missing


def place(file):
    """Return where a file of the package, wherever it is installed, lies in the repository."""
    package, real = Path(backpaint.__file__).resolve().parent, Path(file).resolve()
    if not real.is_relative_to(package):
        return os.path.relpath(real, ROOT)
    inside = real.relative_to(package)
    room = inside.parts[0] in ("reference", "cpu", "gpu", "weights", "fast")
    return str(inside if room else Path("src/backpaint", inside))


def calls_of_main():
    """Run a command, and list the package's functions in the order in which they are called."""
    names, calls = {}, []

    def watch(frame, event, _):
        if event == "call":
            code = frame.f_code
            if code not in names:
                names[code] = (code.co_qualname, place(code.co_filename))
            calls.append(names[code])

    sys.setprofile(watch)
    try:
        with pytest.raises(SystemExit) as ended:
            backpaint.cli.main()
    finally:
        sys.setprofile(None)
    assert not ended.value.code
    return calls


def test_the_steps_run_in_the_order_of_the_page(tmp_path, monkeypatch):
    pictures = [str(example_path(name)) for name in ("cat", "swirls")]
    output = ["-o", str(tmp_path / "painting.png"), "--quiet"]
    settings = ["--engine", "reference", "--size", "32", "--iterations", "1"]
    monkeypatch.setattr("sys.argv", ["backpaint", "paint", *pictures, *output, *settings])
    rest = iter(calls_of_main())
    steps = links("## The way of a picture\n\n")
    steps = steps[: steps.index(("conclude", "src/backpaint/cli/shared/execute.py")) + 1]
    assert len(steps) > 40
    for step in steps:
        assert step in rest, f"{step[0]} is not called where the page says"
