"""`backpaint sheet`: the pictures that `paint` makes, side by side, whatever becomes of one."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from backpaint.contact_sheet.axis import Axis
from backpaint.contact_sheet.cells import Order, in_painting_order
from backpaint.contact_sheet.paint import paint_cells, settled
from backpaint.cpu import CPUObjective
from backpaint.painting.control import Control
from backpaint.painting.session import open_session
from backpaint.presets import recipe

QUICK = ("--iterations", 2, "--size", 40)


def contains(sheet, picture):
    """Whether a picture stands somewhere in a sheet, bit for bit."""
    height, width, _ = picture.shape
    corners = np.argwhere((sheet == picture[0, 0]).all(axis=2))
    return any(np.array_equal(sheet[y : y + height, x : x + width], picture) for y, x in corners)


def pixels(path):
    with Image.open(path) as image:
        return np.array(image)


@pytest.fixture
def here(pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_cell_is_the_picture_that_paint_makes(backpaint, here):
    done = backpaint(
        "sheet", "cat.png", "swirls.png", "-o", "sheet.png", "--rows", "style.weight=1e4",
        "--columns", "preset=gatys,tf-tutorial", *QUICK,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "wrote sheet.png with 2 of 2 cells" in done.out
    assert "2 of 2: style.weight=1e4, preset=tf-tutorial at 40 x 33" in done.out
    sheet = pixels("sheet.png")
    for preset in ("gatys", "tf-tutorial"):
        changes = ("--set", "style.weight=1e4", "--preset", preset)
        painted = ("paint", "cat.png", "swirls.png", "-o", "one.png", *QUICK, *changes)
        assert backpaint(*painted).code == 0
        assert contains(sheet, pixels("one.png"))


def test_a_sheet_tells_each_cells_settings(backpaint, here):
    done = backpaint(
        "sheet", "cat.png", "swirls.png", "mosaic.png", "-o", "sheet.png", *QUICK,
        "--columns", "style-shares=1:0,1:3",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads(backpaint("show", "--json", "sheet.png").out)
    assert [cell["style_shares"] for cell in told["cells"]] == [[1, 0], [0.25, 0.75]]
    assert [cell["column"] for cell in told["cells"]] == [0, 1]
    shown = backpaint("show", "sheet.png").out
    assert "style-shares=1:3" in shown
    assert "--style-shares 0.25,0.75" in shown


def test_a_cell_that_fails_does_not_end_the_others(backpaint, here):
    done = backpaint(
        "sheet", "cat.png", "swirls.png", "-o", "sheet.png", "--iterations", 4, "--size", 40,
        "--columns", "optimizer.rate=1e30,1e-16", "--set", "optimizer.method=gradient-descent",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "optimizer.rate=1e30: evaluation 2 met NaN or infinity" in done.err
    cells = json.loads(backpaint("show", "--json", "sheet.png").out)["cells"]
    assert "NaN" in cells[0]["trouble"]
    assert "trouble" not in cells[1]
    assert cells[1]["iterations"] == 4


def test_if_all_fail_so_does_the_command(backpaint, here):
    ended = backpaint(
        "sheet", "cat.png", "swirls.png", "-o", "sheet.png", *QUICK, "--iterations", 4,
        "--rows", "optimizer.rate=1e30", "--set", "optimizer.method=gradient-descent",
    )  # fmt: skip
    assert ended.code == 1
    assert "every cell failed" in ended.err


@pytest.mark.parametrize(
    ("sides", "sentence"),
    [
        ((), "nothing changes from cell to cell"),
        (("--rows", "seed=1,2", "--columns", "seed=1,3"), "seed stands in --rows and in --columns"),
        (("--rows", "style.weight=1", "--columns", "style-weight=2"), "set the same key"),
        (("--rows", "size=32", "--columns", "images.size=16"), "set the same key"),
        (("--rows", "style_weight=1", "--columns", "style-weight=2"), "set the same key"),
        (("--rows", "init=noise", "--columns", "initial.start=content"), "set the same key"),
        (("--rows", "style.weight=1", "--columns", "style=off"), "set the same key"),
        (("--rows", "engine=cpu"), "'engine', which does not change from cell to cell; expected a"),
        (("--columns", "threads=1,2"), "or one of preset, size, iterations, init, seed, color, st"),
        (("--rows", "dtype=float64"), "expected a key of the recipe such as style.weight, or"),
        (("--rows", "tv-wieght=1"), "(did you mean tv-weight?)"),
        (("--rows", "style.weigt=1,2"), "style.weigt=1: preset backpaint, changed: style: there"),
        (("--rows", "preset=gatys,monet"), "there is no preset 'monet'"),
        (("--rows", "seed=1,x"), "'x' is not a valid integer"),
        (
            ("--rows", "images.size=40,8"),
            "images.size=8: a painting of 8 x 7 pixels leaves nothing",
        ),
        (("--rows", "init=noise,nowhere.png"), "--init is 'nowhere.png', and there is no such"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_any_work(sides, sentence, backpaint, here):
    ended = backpaint("sheet", "cat.png", "swirls.png", "-o", "sheet.png", *QUICK[:2], *sides)
    assert ended.code == 2
    assert sentence in " ".join(ended.err.split())
    assert not (here / "sheet.png").exists()


def test_a_cells_option_counts_more_than_set(backpaint, here):
    done = backpaint(
        "sheet", "cat.png", "swirls.png", "-o", "sheet.png", "--iterations", 1,
        "--set", "images.size=64", "--columns", "size=32,40",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "size=40 at 40 x 33" in done.out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_the_cells_that_are_there(here):
    command = [
        sys.executable, "-m", "backpaint", "sheet", "cat.png", "swirls.png", "-o", "sheet.png",
        "--size", "40", "--columns", "iterations=1,100000", "--rows", "seed=1",
        "--set", "optimizer.factr=0", "--set", "optimizer.pgtol=0",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (here / "sheet.png").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "wrote sheet.png" in out
    assert pixels("sheet.png").any()


def orders_of(pictures, weights, sizes):
    def order(row, column):
        changes = {"style.weight": weights[row]}
        made = recipe(size=sizes[column], iterations=1, changes=changes)
        return Order(
            row, column, (f"{weights[row]}", f"{sizes[column]}"),
            lambda: open_session(pictures["cat"], pictures["swirls"], made, engine="cpu"),
        )  # fmt: skip

    return [order(row, column) for row in range(len(weights)) for column in range(len(sizes))]


class Deaf:
    """Is told of every cell, and does not listen."""

    def begin(self, order, session, objective):
        return lambda record: None


@pytest.mark.slow
def test_cells_of_equal_targets_follow_each_other_and_share_them(pictures, monkeypatch):
    orders = orders_of(pictures, [1.0, 10.0], [36, 40])
    ordered = in_painting_order(settled(orders, print))
    assert [order.column for order, _ in ordered] == [0, 0, 1, 1]
    assert ordered[2][1] > ordered[0][1]
    built = []
    initialize = CPUObjective.__init__

    def counting(self, *arguments, **options):
        built.append(self)
        initialize(self, *arguments, **options)

    monkeypatch.setattr(CPUObjective, "__init__", counting)
    in_order = [order for order, _ in ordered]
    shared = list(paint_cells(in_order, Deaf(), Control()))
    assert len(built) == 2
    alone = list(paint_cells(in_order[:2], Deaf(), Control(), reuse=False))
    assert len(built) == 2 + 2
    assert [cell.painting.loss for cell in shared[:2]] == [cell.painting.loss for cell in alone]


def test_nothing_is_begun_after_a_stop(pictures):
    control = Control()
    cells = []
    for cell in paint_cells(orders_of(pictures, [1.0, 2.0], [36]), Deaf(), control):
        cells.append(cell)
        control.stop()
    assert len(cells) == 1


def test_labels_of_one_side():
    assert Axis("seed", ("1", "2")).labels == ("seed=1", "seed=2")
