"""Links to files outside of docs lead somewhere in a clone, but not on the site: there, only names.

``[the reference](../reference)`` becomes ``the reference`` with the path behind it.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>\.\./[^)#\s]+)(?:#[^)]*)?\)")


def name_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the links of one page that leave the folder of the docs."""
    docs = Path(app.srcdir).resolve()
    folder = (docs / page).parent

    def replace(link: re.Match[str]) -> str:
        target = (folder / link["target"]).resolve()
        if target.is_relative_to(docs):
            return link[0]
        path = target.relative_to(docs.parent)
        text = link["text"]
        return text if str(path) in text else f"{text} (`{path}`)"

    source[0] = LINK.sub(replace, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at every page after it has been read."""
    app.connect("source-read", name_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
