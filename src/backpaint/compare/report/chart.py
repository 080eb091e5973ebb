"""Lines over the number of pixels, both axes logarithmic, as SVG inside of a page."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 400, 280
LEFT, RIGHT, TOP, BOTTOM = 68, 12, 12, 40
MARKS = ("circle", "square", "diamond", "triangle", "cross", "ring")
COLORS = len(MARKS)
STYLE = """
.chart { width: 100%; max-width: 34rem; height: auto; display: block }
.chart text { fill: var(--ink); font: 13px system-ui, sans-serif }
.chart .grid { stroke: var(--line); stroke-width: 1 }
.chart polyline { fill: none; stroke-width: 2 }
.c0 { --c: #0b62a4 } .c1 { --c: #c2410c } .c2 { --c: #107a3d }
.c3 { --c: #8a2be2 } .c4 { --c: #a16207 } .c5 { --c: #be185d }
@media (prefers-color-scheme: dark) {
  .c0 { --c: #6db7f2 } .c1 { --c: #ff9a62 } .c2 { --c: #63d391 }
  .c3 { --c: #c9a2ff } .c4 { --c: #e6c14d } .c5 { --c: #ff8fbf }
}
.chart g { stroke: var(--c); fill: var(--c) } .chart .hollow { fill: var(--paper) }
.legend { list-style: none; padding: 0; margin: .4rem 0 0; display: flex; flex-wrap: wrap;
          gap: .1rem 1.1rem; font-size: .92rem }
.legend svg { width: 26px; height: 14px; vertical-align: -2px; margin-right: .35rem }
.legend g { stroke: var(--c); fill: var(--c) } .legend .hollow { fill: var(--paper) }
"""
"""CSS of charts and legends, for `html_page`."""

Points = Sequence[tuple[float, float]]


def chart(label: str, series: Mapping[str, Points], ticks: Mapping[float, str], unit: str) -> str:
    """Draw lines.

    Parameters
    ----------
    label : str
        What the chart shows, for those who do not see it.
    series : mapping of str to sequence of (float, float)
        Points of each line, by its name; all positive.
    ticks : mapping of float to str
        Where on the horizontal axis to write what.
    unit : str
        Of the vertical axis.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    values = [y for points in series.values() for _, y in points]
    across = _Axis(min(ticks), max(ticks), LEFT + 8, WIDTH - RIGHT - 8)
    up = _Axis(*_rounded(min(values), max(values)), HEIGHT - BOTTOM, TOP)
    body = [_rules(up, unit), _names(across, ticks)]
    for index, points in enumerate(series.values()):
        places = [(across(x), up(y)) for x, y in sorted(points)]
        body.append(f'<g class="c{index % COLORS}">{_line(places, index)}</g>')
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{"".join(body)}</svg>'
    )


def legend(names: Sequence[str]) -> str:
    """List the lines of a chart in its colors and marks."""
    items = [
        f'<li><svg viewBox="0 0 26 14" aria-hidden="true"><g class="c{index % COLORS}">'
        f'<line x1="0" x2="26" y1="7" y2="7" stroke-width="2"/>{_mark(13, 7, index)}</g></svg>'
        f"{escape(name)}</li>"
        for index, name in enumerate(names)
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


class _Axis:
    """A logarithmic axis."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self.low, self.high, self.begin, self.end = low, high, begin, end

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.begin + self.end) / 2
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.begin + part * (self.end - self.begin)


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Widen a range to numbers that begin with 1, 2 or 5, and are not the same."""
    if high < 1.1 * low:
        low, high = low / 1.5, high * 1.5
    return max(y for y in _steps(low / 10, low)), min(y for y in _steps(high, high * 10))


def _steps(low: float, high: float) -> list[float]:
    """List the numbers within a range that begin with 1, 2 or 5."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in (1, 2, 5)]
    return [value for value in every if low <= value <= high]


def _rules(up: _Axis, unit: str) -> str:
    """Draw the horizontal rules, with numbers; the topmost has the unit."""
    steps = _steps(up.low, up.high)
    if len(steps) > 7:
        steps = [value for value in steps if f"{value:e}".startswith("1")] or steps
    parts = []
    for value in steps:
        y = up(value)
        text = f"{value:g} {unit}" if value == steps[-1] else f"{value:g}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/>')  # fmt: skip
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    return "".join(parts)


def _names(across: _Axis, ticks: Mapping[float, str]) -> str:
    """Write below the axis; where names would touch, every second one hangs lower."""
    parts = []
    for number, (value, name) in enumerate(sorted(ticks.items())):
        y = HEIGHT - BOTTOM + (18 if number % 2 == 0 or len(ticks) < 4 else 34)
        anchor = "end" if value == max(ticks) and len(ticks) > 1 else "middle"
        parts.append(f'<text x="{across(value):.1f}" y="{y}" text-anchor="{anchor}">'
                     f"{escape(name)}</text>")  # fmt: skip
    return "".join(parts)


def _line(places: Points, index: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dash = ' stroke-dasharray="5 4"' * (index % 2)
    marks = "".join(_mark(x, y, index) for x, y in places)
    return f'<polyline points="{path}"{dash}/>{marks}'


def _mark(x: float, y: float, index: int) -> str:
    """Draw one point: lines differ in shape as well as in color."""
    kind, r = MARKS[index % len(MARKS)], 4
    if kind in ("circle", "ring"):
        hollow = ' class="hollow"' * (kind == "ring")
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" stroke-width="2"{hollow}/>'
    corners = {
        "square": ((-r, -r), (r, -r), (r, r), (-r, r)),
        "diamond": ((0, -r - 1), (r + 1, 0), (0, r + 1), (-r - 1, 0)),
        "triangle": ((0, -r - 1), (r + 1, r), (-r - 1, r)),
        "cross": ((-r, -r), (r, r), (0, 0), (-r, r), (r, -r), (0, 0)),
    }[kind]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{path}" stroke-width="2"/>'
