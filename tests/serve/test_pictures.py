"""Pictures that the server knows: examples stay, brought ones go when nobody needs them."""

import asyncio
from pathlib import Path

import pytest

from backpaint.errors import UsageError
from backpaint.examples import EXAMPLES, example_path
from backpaint.serve.studio import pictures as rooms


class Desk:
    """Answers as the real one does, after a while, so that questions overlap."""

    async def ask(self, name, path, shown):
        await asyncio.sleep(0.01)
        if "broken" in path:
            raise UsageError(f"{path}: expected a picture, found none")
        Path(shown).write_bytes(b"preview")
        return {"size": [3, 2], "notes": []}


@pytest.fixture
def pictures(tmp_path):
    return rooms.Pictures(tmp_path, Desk())


def test_pages_that_ask_at_once_leave_the_examples_as_they_are(pictures):
    async def ask_at_once():
        kept = pictures["cat"]
        return await asyncio.gather(*(pictures.size(kept) for _ in range(5)))

    assert asyncio.run(ask_at_once()) == [(3, 2)] * 5
    pictures.forget(())
    assert all(example_path(name).stat().st_size > 10_000 for name in EXAMPLES)


def test_the_oldest_pictures_go_unless_a_run_needs_them(pictures, tmp_path):
    async def bring(count):
        return [await pictures.add(new_file(pictures), f"{n}.png") for n in range(count)]

    brought = asyncio.run(bring(rooms.MOST + 3))
    pictures.forget({brought[0].identity})
    assert pictures[brought[0].identity].file.name == "0.png"
    for one in brought[1:3]:
        with pytest.raises(UsageError, match="no longer there"):
            pictures[one.identity]
    assert pictures[brought[3].identity]
    assert len(list(tmp_path.iterdir())) == 2 * (rooms.MOST + 1)  # each with its preview


def test_what_cannot_be_read_is_named_as_its_owner_does(pictures, tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(b"x")
    with pytest.raises(UsageError, match=r"^mine\.png: expected"):
        asyncio.run(pictures.add(path, "/home/me/mine.png"))


def new_file(pictures):
    path = pictures.new_file()
    path.write_bytes(b"x")
    return path
