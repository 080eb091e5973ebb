"""Pages that need nothing else: one file, light and dark, for a wide screen and for a phone."""

from collections.abc import Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --paper: #fdfcf8; --ink: #1e1f24; --faint: #5d5f68;
        --line: #dbd8ce; --soft: #f3f1e9; --good: #1a6b3a; --bad: #a81e17; --mark: #ffe08a;
        --negative: #a01c1c; --link: #1d4f91 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16171b; --ink: #eceae3; --faint: #a6a7b0; --line: #3a3c45; --soft: #202228;
          --good: #6fcf8f; --bad: #ff8a7a; --mark: #6b5310; --negative: #ff9d8c; --link: #8ec5f5 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, sans-serif;
       overflow-wrap: break-word }
main { max-width: 62rem; margin: 0 auto; padding: clamp(1rem, 4vw, 2.5rem) }
h1 { font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .8rem; padding-bottom: .2rem;
     border-bottom: 1px solid var(--line) }
p, dd, li { max-width: 44rem } a { color: var(--link) }
pre { background: var(--soft); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto;
      font: 14px/1.5 ui-monospace, monospace; margin: 1rem 0 }
@media (max-width: 40rem) { pre { font-size: 12px; padding: .6rem .7rem } }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
dt { font-weight: 600; margin-top: .8rem } dd { margin: 0 0 0 1.2rem; color: var(--faint) }
"""


def html_page(title: str, style: str, body: Sequence[str]) -> str:
    """Put a page together.

    Parameters
    ----------
    title : str
        Of the window, and the page's heading.
    style : str
        CSS besides `STYLE`, whose variables it may use.
    body : sequence of str
        HTML below the heading.

    Returns
    -------
    str
        A whole page that refers to nothing outside of itself.
    """
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style></head>\n"
    )
    content = "\n".join([f"<h1>{escape(title)}</h1>", *body])
    return f"{head}<body><main>\n{content}\n</main></body></html>\n"
