"""Write mathematics as MathML, which browsers draw by themselves: no script, no font, no network.

Sphinx's own choices need MathJax from a server or LaTeX on the machine that builds.
"""

import re
from html import escape
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

LONG = 24
"""Characters of LaTeX; what is longer may be wider than a phone."""
PRIME = re.compile(r"<mi>(&#x0203[2-4];)</mi>")


def converted(latex: str, display: str) -> str:
    """Convert a formula; a prime is an operator, or fonts raise it twice and set it slanted."""
    return PRIME.sub(r"<mo>\1</mo>", str(convert(latex, display=display)))


def inline(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    latex = node.astext()
    formula = converted(latex, "inline")
    if len(latex) > LONG:
        formula = f'<span class="long-math">{formula}</span>'
    translator.body.append(formula)
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula in a line of its own, with its number if it has a label."""
    number, label = node.get("number"), node.get("label")
    shown = f'<span class="eqno">({number})</span>' if number else ""
    anchor = f' id="equation-{escape(label)}"' if label else ""
    formula = converted(_environment(node.astext()), "block")
    translator.body.append(f'<div class="math"{anchor}>{shown}{formula}</div>\n')
    raise nodes.SkipNode


def _environment(latex: str) -> str:
    r"""Call aligned lines what `latex2mathml` calls them."""
    return latex.replace("{aligned}", "{align*}").strip()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
