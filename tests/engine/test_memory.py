"""What memory a run is told to take, against what there is; `tests/engines`: what it takes."""

import numpy as np
import pytest

from backpaint.engine import engine as engine_room
from backpaint.engine import free_memory
from backpaint.engine.free_memory import available_bytes, require_memory
from backpaint.errors import UsageError
from backpaint.painting.session import open_session
from backpaint.presets import recipe


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_a_size_that_cannot_fit_is_refused_with_the_largest_that_does(engine, noise, monkeypatch):
    wide = np.tile(noise, (8, 12, 1))
    session = open_session(wide, wide, recipe(size=160), engine=engine)
    problem = session.prepared.problem
    free = session.engine.estimate_bytes(problem, (50, 90))
    monkeypatch.setattr(engine_room, "available_bytes", lambda: free)
    with pytest.raises(UsageError, match=r"160 x \d+.*largest that fits has (\d+) ") as error:
        session.build()
    side = int(str(error.value).split("has ")[1].split()[0])
    height, width = problem.shape

    def needed(side):
        return session.engine.estimate_bytes(problem, (side * height // width, side))

    assert needed(side) <= free < needed(side + 1)


def test_nothing_fits_into_nothing():
    with pytest.raises(UsageError, match="not even the smallest fits"):
        require_memory((5, 7), lambda shape: 1, free=0)
    require_memory((5, 7), lambda shape: 1, free=None)


@pytest.mark.parametrize(
    ("limit", "free"), [("1000\n", 1000 - 700 + 250 + 50), ("max\n", None), (None, None)]
)
def test_a_container_gives_back_what_it_only_remembers_of_files(tmp_path, monkeypatch, limit, free):
    monkeypatch.setattr(free_memory, "GROUP", tmp_path)
    monkeypatch.setattr(free_memory, "_free_in_system", lambda: None)
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text(
        "anon 400\nfile 310\ninactive_anon 7\nactive_file 50\ninactive_file 250\n"
    )
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
    assert available_bytes() == free


def test_this_machine_has_memory():
    free = available_bytes()
    assert free is None or free > 10**7
