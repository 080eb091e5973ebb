"""Write mathematics as MathML, which browsers draw by themselves: no script, no font, no network.

Sphinx's own choices need MathJax from a server or LaTeX on the machine that builds.
"""

from html import escape
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

LONG = 24
"""Characters of LaTeX; what is longer may be wider than a phone."""
NAMESPACE = "http://www.w3.org/1998/Math/MathML"
PRIMES = {"\u2032", "\u2033", "\u2034"}


def converted(latex: str, display: str) -> str:
    """Convert a formula to MathML."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(convert(latex, display=display))
    for element in list(root.iter()):
        lower_prime(element)
    return ElementTree.tostring(root, encoding="unicode")


def lower_prime(element: ElementTree.Element) -> None:
    """Take a prime out of the exponent: its letter is raised and small already."""
    kind = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    if kind not in ("msup", "msubsup") or "".join(element[-1].itertext()).strip() not in PRIMES:
        return
    (base, *low), prime = list(element)[:-1], "".join(element[-1].itertext()).strip()
    element.clear()
    element.tag = f"{{{NAMESPACE}}}{'msub' if low else 'mrow'}"
    primed = ElementTree.SubElement(element, f"{{{NAMESPACE}}}mrow")
    primed.append(base)
    sign = ElementTree.SubElement(primed, f"{{{NAMESPACE}}}mo", lspace="0", rspace="0")
    sign.text = prime
    element.extend(low)


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
