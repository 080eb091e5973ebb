"""The fuzzer of pictures: a short run, always the same files, and what it knows of the formats."""

import io
import json
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

BENCH = Path(__file__).parents[2] / "bench"
CUTTERS = {"JPEG": "jpeg", "PNG": "png", "WEBP": "riff", "AVIF": "boxes", "GIF": "gif"}


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(BENCH))
    import fuzz_pictures

    yield fuzz_pictures
    sys.path.remove(str(BENCH))


@pytest.fixture(scope="module")
def true_files(fuzz):
    return {kind: fuzz.seeds(kind) for kind in fuzz.kinds()}


def decoded(content):
    with Image.open(io.BytesIO(content)) as image:
        image.load()
    return image


COMMAND = [sys.executable, BENCH / "fuzz_images.py"]


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """A run over all formats, and the folder of its records."""
    if sys.platform != "linux":
        pytest.skip("the fuzzer needs inotify")
    records = tmp_path_factory.mktemp("records")
    command = [*COMMAND, "--count", "8", "--records", records]
    return subprocess.run(command, capture_output=True, text=True), records


def test_a_short_run(short_run):
    run, _ = short_run
    assert run.returncode == 0, run.stdout + run.stderr
    well = "'program crashed': 0, 'other files opened': 0, 'code run': 0"
    assert run.stdout.count(well) >= 7


def test_a_run_goes_on_where_it_was_cut_off(short_run):
    record = short_run[1] / "PPM.jsonl"
    first = record.read_text()
    record.write_text(first + '{"number": 8, "res')
    command = [*COMMAND, "--formats", "PPM", "--records", record.parent, "--count", "10"]
    subprocess.run(command, check=True, capture_output=True)
    whole = record.read_text()
    assert whole.startswith(first)
    assert [json.loads(line)["number"] for line in whole.splitlines()] == list(range(10))


@pytest.mark.parametrize("kind", CUTTERS)
def test_cut_and_joined_files_are_the_same(kind, true_files):
    module = sys.modules[f"structures.{CUTTERS[kind]}"]
    if kind not in true_files:
        pytest.skip("this Pillow has no AVIF")
    form = (module.WEBP,) if kind == "WEBP" else ()
    for content in true_files[kind]:
        assert module.joined(module.cut(content), *form) == content
        assert sum(len(part.content) for part in module.cut(content)) < len(content)


def test_changed_files_differ_and_keep_their_form(true_files):
    """Lengths and checksums are those of what they contain, however it was changed."""
    from structures import MUTATED

    for number in range(60):
        chance = random.Random(number)
        png = MUTATED["PNG"](chance.choice(true_files["PNG"]), chance)
        at = 8
        while at < len(png):
            (length,) = struct.unpack_from(">I", png, at)
            (stored,) = struct.unpack_from(">I", png, at + 8 + length)
            assert stored == zlib.crc32(png[at + 4 : at + 8 + length])
            at += 12 + length
        webp = MUTATED["WEBP"](chance.choice(true_files["WEBP"]), chance)
        assert struct.unpack_from("<I", webp, 4)[0] == len(webp) - 8
    for kind, files in true_files.items():
        changed = {MUTATED[kind](files[0], random.Random(number)) for number in range(40)}
        assert len(changed) > 20


def test_places_in_the_file_move_with_their_boxes(true_files):
    if "AVIF" not in true_files:
        pytest.skip("this Pillow has no AVIF")
    from structures import boxes

    content = true_files["AVIF"][0]
    parts, added = boxes.cut(content), boxes.Part(b"free", bytes(100))
    longer = boxes.joined(boxes.moved_items((*parts[:-1], added, parts[-1]), 108))
    assert len(longer) == len(content) + 108
    assert ImageChops.difference(decoded(longer), decoded(content)).getbbox() is None


def test_a_grid_is_its_tiles(fuzz, true_files):
    if "AVIF" not in true_files:
        pytest.skip("this Pillow has no AVIF")
    from structures import boxes

    packed = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(packed, "AVIF", speed=10)
    grid = decoded(boxes.grid(packed.getvalue(), 2, 2, 128, 128))
    tile = np.asarray(decoded(packed.getvalue()))
    assert np.array_equal(np.asarray(grid), np.tile(tile, (2, 2, 1)))


def test_bombs_are_small_for_what_they_ask(fuzz):
    from harm.pictures import _flat, _with_scans, exifs, profiles

    assert len(_with_scans(_flat(256), 500)) < 200_000
    assert all(exif[:4] == b"II*\0" for exif in exifs())
    assert all(profile[36:40] == b"acsp" for profile in profiles())
