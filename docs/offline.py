"""Make sure that the built site needs nothing from outside.

    python docs/offline.py docs/_build/html

A page may link to another host for the reader to follow; it may not load anything from one.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

LOADING = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"),
           ("source", "src"), ("video", "src"), ("object", "data"), ("image", "href")}  # fmt: skip
OUTSIDE = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"""(?:url\(|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


class Loads(HTMLParser):
    """Collects what a page loads from other hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        self.outside += [
            value
            for name, value in attrs
            if (tag, name) in LOADING and value and OUTSIDE.match(value)
        ]


def outside(path: Path) -> list[str]:
    """List what one page or style sheet loads from other hosts."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return IN_STYLES.findall(text)
    page = Loads()
    page.feed(text)
    return page.outside + IN_STYLES.findall(text)


def main() -> None:
    """Look at every page and style sheet of a folder."""
    files = [path for path in Path(sys.argv[1]).rglob("*") if path.suffix in (".html", ".css")]
    found = [f"{path}: {what}" for path in files for what in outside(path)]
    sys.exit("\n".join(["the site loads from outside:", *found]) if found or not files else 0)


if __name__ == "__main__":
    main()
