"""Docstrings are written for a terminal: ``|dx|`` is an absolute value, not a substitution."""

import re
from typing import Any

from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.*?``)")


def escape_bars(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Escape every bar and asterisk outside of literals."""
    for index, line in enumerate(lines):
        parts = LITERAL.split(line)
        parts[::2] = [re.sub(r"(?<!\\)\|", r"\\|", part) for part in parts[::2]]
        lines[index] = "".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Run before numpydoc reads the docstrings."""
    app.connect("autodoc-process-docstring", escape_bars, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
