"""Run the examples of the docs, and write what they print into the pages.

    python docs/outputs.py [PAGE...]      all pages, or those named

In a page, blocks of ``python`` run one after the other in one scope, and so do commands in blocks
of ``sh``, in an empty folder that holds the built-in pictures ``photo.jpg`` and ``style.jpg``.  A
block of ``text`` right behind one is what it prints.  Behind the language may stand

- ``requires=torch``: the block is left out where that module is not installed;
- ``program=g++``: likewise, where that program is not installed;
- ``not-run``: a command for the reader alone;
- ``about`` (of a ``text``): its numbers depend on the machine, and are compared to 25 %.
"""

import contextlib
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backpaint.examples import example_path

DOCS = Path(__file__).parent
FENCE = re.compile(
    r"^```(?P<language>python|sh|text)(?P<remarks>[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S
)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
EXACT, ABOUT = 2e-3, 0.25
ROUNDING = 1e-8
"""Numbers as small as this are rounding errors, and everybody has their own."""


@dataclass(frozen=True)
class Output:
    """What a page says that a block prints, and what it prints."""

    said: str
    printed: str
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the texts are equal but for white space, and the numbers in them nearly so."""
        said, printed = (NUMBER.sub("#", text).split() for text in (self.said, self.printed))
        if said != printed:
            return False
        numbers = (map(float, NUMBER.findall(text)) for text in (self.said, self.printed))
        return all(
            max(abs(a), abs(b)) < ROUNDING or math.isclose(a, b, rel_tol=self.tolerance)
            for a, b in zip(*numbers, strict=True)
        )


def pages() -> list[Path]:
    """List the pages with examples; those that the site itself executes are not among them."""
    found = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
    return [path for path in found if "```python" in path.read_text(encoding="utf-8")]


def outputs(page: Path) -> list[Output]:
    """Run a page's examples in an empty folder."""
    return [output for _, output in _run(page.read_text(encoding="utf-8"), str(page))]


def rewritten(page: Path) -> str:
    """Run a page's examples and give its text with what they print."""
    text = page.read_text(encoding="utf-8")
    for fence, output in reversed(list(_run(text, str(page)))):
        if not output.agrees:
            text = text[: fence.start("body")] + output.printed + text[fence.end("body") :]
    return text


def _run(text: str, name: str) -> Iterator[tuple[re.Match[str], Output]]:
    """Run all blocks of a page, and yield each ``text`` with what was printed before it."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    printed: str | None = None
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        _lay_out(Path(folder))
        for fence in FENCE.finditer(text):
            language, remarks, body = fence["language"], fence["remarks"].split(), fence["body"]
            if language == "text":
                if printed is not None:
                    yield fence, Output(body, printed, ABOUT if "about" in remarks else EXACT)
                printed = None
            elif _is_wanted(remarks):
                printed = _python(body, name, scope) if language == "python" else _command(body)
            else:
                printed = None


def _is_wanted(remarks: list[str]) -> bool:
    """Tell whether a block can be run here, and shall be."""
    modules, programs = (
        [remark.removeprefix(key) for remark in remarks if remark.startswith(key)]
        for key in ("requires=", "program=")
    )
    present = all(map(find_spec, modules)) and all(map(shutil.which, programs))
    return "not-run" not in remarks and present


def _lay_out(folder: Path) -> None:
    for name, picture in (("photo", "cat"), ("style", "swirls")):
        (folder / f"{name}.jpg").write_bytes(example_path(picture).read_bytes())


def _python(body: str, name: str, scope: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(body, name, "exec"), scope)
    return printed.getvalue()


def _command(body: str) -> str:
    """Run commands with those of this environment first, wherever it is."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", body], capture_output=True, text=True, check=True,
        env=os.environ | {"PATH": path},
    )  # fmt: skip
    return done.stdout


def main() -> None:
    """Write the outputs into the pages that are named, or into all."""
    for page in [Path(name).resolve() for name in sys.argv[1:]] or pages():
        page.write_text(rewritten(page), encoding="utf-8")


if __name__ == "__main__":
    main()
