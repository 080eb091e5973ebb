"""The fuzzer of clips: a short run, always the same files, and what it knows of the containers."""

import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")

BENCH = Path(__file__).parents[2] / "bench"
CUTTERS = {"MP4": "boxes", "Matroska": "ebml", "AVI": "riff", "MPEG-TS": "mpegts"}


@pytest.fixture(scope="module")
def true_files():
    sys.path.insert(0, str(BENCH))
    import fuzz_moving
    import structures  # noqa: F401  # its modules are looked up by name

    yield {kind: fuzz_moving.seeds(kind) for kind in CUTTERS}
    sys.path.remove(str(BENCH))


@pytest.mark.skipif(sys.platform != "linux", reason="the fuzzer needs inotify")
@pytest.mark.parametrize(
    ("formats", "count"),
    [
        (["MP4", "flow"], 5),
        pytest.param(
            ["MP4", "flow", "Matroska", "AVI", "MPEG-TS", "others", "GIF"],
            20,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_short_run(formats, count):
    command = [sys.executable, BENCH / "fuzz_clips.py", "--count", str(count), "--formats"]
    command += formats
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    well = "'program crashed': 0, 'other files opened': 0, 'code run': 0"
    assert run.stdout.count(well) == len(formats)


@pytest.mark.parametrize("kind", CUTTERS)
def test_cut_and_joined_clips_are_the_same(kind, true_files):
    """Checksums among them: those that FFmpeg wrote are those that are made anew."""
    module = sys.modules[f"structures.{CUTTERS[kind]}"]
    for content in true_files[kind]:
        assert module.joined(module.cut(content)) == content
        assert sum(len(part.content) for part in module.cut(content)) < len(content)


def test_checksums_are_made_right_after_a_change(true_files):
    from structures import ebml, mpegts
    from structures.parts import Part

    assert mpegts.crc(b"123456789") == 0x0376E6E7  # the usual check of CRC-32/MPEG-2
    table = Part(b"\x47\x40\0\x10", b"\0\0\xb0\x09\0\1\xc1\0\0" + bytes(175))
    content = mpegts.joined((table,))[4:]
    assert mpegts.crc(content[1:13]) == 0  # of a table with its own checksum
    inside = (Part(b"\xbf\1", bytes(4)), Part(b"\xa1\1", b"x"))
    assert ebml.joined((Part(b"\xa0\1", b"", inside),)) == (
        b"\xa0\x89\xbf\x84" + zlib.crc32(b"\xa1\x81x").to_bytes(4, "little") + b"\xa1\x81x"
    )


def test_chunks_of_samples_move_with_their_boxes(true_files):
    from structures import boxes
    from structures.parts import found

    content = true_files["MP4"][0]
    parts, added = boxes.cut(content), boxes.Part(b"free", bytes(100))
    longer = boxes.cut(boxes.joined(boxes.moved_items((added, *parts), 108)))
    places = [struct.unpack(">I", found(one, b"stco").content[8:12])[0] for one in (parts, longer)]
    assert places[1] - places[0] == 108


def test_changed_clips_differ(true_files):
    from structures import MUTATED

    for kind, files in true_files.items():
        changed = {MUTATED[kind](files[0], random.Random(number)) for number in range(40)}
        assert len(changed) > 20
