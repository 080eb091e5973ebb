"""Draw which lane of a warp holds which part of a tensor core's operands: `fragments.svg`.

Run as ``python docs/gpu/fragments.py``.
"""

from pathlib import Path

CELL, GAP, TOP, LEFT = 26, 96, 64, 44
COLORS = ("#cfe3f7", "#fbdcc4", "#d5ecd0", "#ecd5ee")
TARGET = Path(__file__).parent / "fragments.svg"

Cell = tuple[int, int]


def word_of_a(row: int, word: int) -> Cell:
    """Tell the lane and the register that hold a word (4 bytes) of the pixels' fragment."""
    return 4 * (row % 8) + word % 4, row // 8 + 2 * (word // 4)


def word_of_b(word: int, column: int) -> Cell:
    """Tell the same of the filters' fragment, drawn with a filter in each column."""
    return 4 * column + word % 4, word // 4


def sum_of_d(row: int, column: int) -> Cell:
    """Tell the same of the sums: two neighboring channels of a pixel lie in one lane."""
    return 4 * (row % 8) + column // 2, 2 * (row // 8) + column % 2


def text(x: float, y: float, words: str, size: int = 12, anchor: str = "middle") -> str:
    """Write words."""
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def matrix(x: int, y: int, rows: int, columns: int, holder: object, register: str) -> list[str]:
    """Draw a matrix: the lane's number in each cell, a color for each register."""
    assert callable(holder)
    parts, legend = [], {}
    for row in range(rows):
        for column in range(columns):
            lane, index = holder(row, column)
            left, top = x + column * CELL, y + row * CELL
            parts.append(
                f'<rect x="{left}" y="{top}" width="{CELL}" height="{CELL}" '
                f'fill="{COLORS[index]}" stroke="#777" stroke-width="0.5"/>'
            )
            parts.append(text(left + CELL / 2, top + CELL / 2 + 4, str(lane), 11))
            legend[index] = f"{register}[{index}]"
    for place, (index, name) in enumerate(sorted(legend.items())):
        left = x + place * 52
        top = y + rows * CELL + 12
        parts.append(f'<rect x="{left}" y="{top}" width="12" height="12" fill="{COLORS[index]}"/>')
        parts.append(text(left + 16, top + 11, name, 11, "start"))
    return parts


def draw() -> str:
    """Draw A, B and D as the kernel meets them."""
    side = 8 * CELL
    x_a, x_b, x_d = LEFT, LEFT + side + GAP, LEFT + 2 * (side + GAP)
    lower = TOP + 4 * CELL
    parts = [
        text(x_a + side / 2, 24, "A: 16 pixels of a row of the tile", 14),
        text(x_a + side / 2, 44, "32 bytes of channels: 8 floats or 16 halves"),
        *matrix(x_a, TOP, 16, 8, word_of_a, "a"),
        text(x_b + side / 2, 24, "B: 8 filters", 14),
        text(x_b + side / 2, 44, "the same 32 bytes of channels"),
        *matrix(x_b, lower, 8, 8, word_of_b, "b"),
        text(x_b - GAP / 2, lower + side / 2, "&#215;", 28),
        text(x_d + side / 2, 24, "D: 16 pixels, 8 channels out", 14),
        text(x_d + side / 2, 44, "float32 sums"),
        *matrix(x_d, TOP, 16, 8, sum_of_d, "d"),
        text(x_d - GAP / 2, lower + side / 2, "=", 28),
    ]
    width, height = x_d + side + LEFT, TOP + 16 * CELL + 40
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif">'
    )
    background = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, background, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
