"""The film of a real run, decoded again: its frames, their times, its first and its last one."""

import numpy as np
import pytest
from PIL import Image

import backpaint
from backpaint.errors import RunError
from backpaint.film import Film
from backpaint.film.encoders import write_film
from backpaint.film.reel import Reel

SHALLOW = {
    "content.layers": {"relu1_1": 1.0},
    "style.layers": {"relu1_1": 1.0},
    "style.weight": 1e4,
}
QUICK = {"preset": "gatys", "size": 48, "iterations": 6, "changes": SHALLOW}
NEAR = {".webp": 9, ".gif": 12, ".mp4": 9}
"""Levels that a film's picture is off at most, on average: pairs of pixels share their colors."""


def painted(pictures, **given):
    return backpaint.paint(pictures["cat"], pictures["swirls"], **QUICK | given)


def decoded(path):
    """Return a film's frames and the seconds at which each begins, and at which the last ends."""
    if path.suffix == ".mp4":
        av = pytest.importorskip("av")
        with av.open(str(path)) as file:
            frames = [*file.decode(video=0)]
            times = [float(frame.pts * frame.time_base) for frame in frames]
            return [f.to_ndarray(format="rgb24") for f in frames], [*times, file.duration / 1e6]
    frames, times = [], [0.0]
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
            times.append(times[-1] + image.info["duration"] / 1000)
    return frames, times


def off(frame, picture):
    height, width = min(len(frame), len(picture)), min(frame.shape[1], picture.shape[1])
    cut = np.s_[:height, :width]
    return np.abs(frame[cut].astype(float) - picture[cut].astype(float)).mean()


@pytest.mark.parametrize("suffix", NEAR)
def test_a_film_has_the_start_every_iteration_and_the_picture(suffix, pictures, tmp_path):
    if suffix == ".mp4":
        pytest.importorskip("av")
    path, seen = tmp_path / f"run{suffix}", []
    painting = painted(pictures, film=path, on_iteration=lambda number, x: seen.append(number))
    frames, times = decoded(path)
    assert times[:8] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, times[7]])
    assert times[-1] == pytest.approx(3.0)
    assert len(frames) == 7
    assert seen == [1, 2, 3, 4, 5, 6]
    assert off(frames[-1], painting.image) < NEAR[suffix]
    assert off(frames[0], painting.image) > 2 * NEAR[suffix]
    plain = painted(pictures)
    assert np.array_equal(painting.pixels, plain.pixels)
    assert {path.name for path in tmp_path.iterdir() if path not in pictures.values()} == {
        path.name
    }


@pytest.mark.parametrize(
    ("changes", "iterations"),
    [
        pytest.param(
            {"optimizer.method": "adam", "optimizer.rate": 2.0}, 60, marks=pytest.mark.slow
        ),
        ({"optimizer.method": "l-bfgs", "optimizer.iterations_per_step": 4}, 12),
        ({"optimizer.evaluations_per_round": 4}, 2),
    ],
)
@pytest.mark.usefixtures("whole_networks")
def test_every_optimizer_s_film_ends_with_its_picture_in_time(
    changes, iterations, pictures, tmp_path
):
    path = tmp_path / "run.webp"
    painting = painted(
        pictures,
        film=Film(path, seconds=2),
        iterations=iterations,
        changes=SHALLOW | changes,
    )
    frames, times = decoded(path)
    most = min(32, painting.iterations + 1)
    assert 2 * most / 3 < len(frames) <= most  # WebP leaves out what looks like the one before
    assert times[-1] <= 2.01
    assert off(frames[-1], painting.image) < NEAR[".webp"]


@pytest.mark.parametrize("suffix", [".webp", ".mp4"])
def test_all_sizes_of_a_run_share_the_film_s_time(suffix, pictures, tmp_path):
    if suffix == ".mp4":
        pytest.importorskip("av")
    path = tmp_path / f"run{suffix}"
    changes = SHALLOW | {"scales.sizes": [24, 32], "scales.iterations": [40, 40]}
    changes |= {"optimizer.method": "adam", "optimizer.rate": 2.0}
    painting = painted(pictures, film=Film(path, seconds=2), iterations=40, changes=changes)
    frames, times = decoded(path)
    assert painting.iterations == 120
    assert 20 < len(frames) <= 32
    assert times[-1] <= 2.01
    assert np.diff(times).min() > 0.03


def test_a_thin_painting_has_a_film_of_two_rows(tmp_path):
    av = pytest.importorskip("av")
    thin = [lambda: Image.new("RGB", (16, 1), (200, 40, 40))]
    write_film(tmp_path / "run.mp4", thin, [50])
    with av.open(str(tmp_path / "run.mp4")) as file:
        frames = [*file.decode(video=0)]
    assert [(frame.width, frame.height) for frame in frames] == [(16, 2)]
    pixels = frames[0].to_ndarray(format="rgb24").astype(int)
    assert np.abs(pixels - (200, 40, 40)).max() < 12


def test_the_curve_grows_below_the_picture(pictures, tmp_path):
    painted(pictures, film=Film(tmp_path / "run.webp", curve=True))
    frames, _ = decoded(tmp_path / "run.webp")
    height = 40  # of the cat at 48 pixels
    below = [frame[height:].astype(int) for frame in frames]
    orange = [int((strip[..., 0] - strip[..., 2] > 60).sum()) for strip in below]
    assert below[0].shape[0] > 32
    assert orange == sorted(orange)
    assert orange[0] == 0
    assert orange[-1] > orange[1] > 0


def test_a_large_painting_has_a_film_of_the_size_that_is_asked_for(pictures, tmp_path):
    painting = painted(pictures, film=Film(tmp_path / "run.gif", size=24))
    frames, _ = decoded(tmp_path / "run.gif")
    assert max(frames[0].shape[:2]) == 24 < max(painting.image.shape)


def test_a_run_that_is_stopped_has_the_film_so_far(pictures, tmp_path):
    control = backpaint.Control()

    def stop_at_three(number, x):
        if number == 3:
            control.stop()

    painting = painted(
        pictures, film=tmp_path / "run.webp", control=control, on_iteration=stop_at_three
    )
    frames, _ = decoded(tmp_path / "run.webp")
    assert (painting.iterations, len(frames)) == (3, 4)
    assert off(frames[-1], painting.image) < NEAR[".webp"]


def test_a_run_that_fails_has_the_film_of_what_was_good(pictures, tmp_path):
    adam = {"optimizer.method": "adam", "optimizer.rate": 1e200}
    with pytest.raises(RunError, match="NaN or infinity") as failed:
        painted(pictures, film=tmp_path / "run.webp", changes=SHALLOW | adam)
    assert failed.value.painting is not None
    frames, _ = decoded(tmp_path / "run.webp")
    assert off(frames[-1], failed.value.painting.image) < NEAR[".webp"]


def test_a_resumed_run_s_film_begins_where_it_goes_on(pictures, tmp_path):
    kept, path = tmp_path / "run.backpaint", tmp_path / "run.webp"
    first = painted(pictures, iterations=3, checkpoint=kept, film=tmp_path / "first.webp")
    whole = backpaint.resume(kept, iterations=6, film=Film(path, curve=True))
    frames, _ = decoded(path)
    assert len(frames) == 4  # after iterations 3 to 6
    assert off(frames[0], first.image) < NEAR[".webp"]
    assert off(frames[-1], whole.image) < NEAR[".webp"]
    assert np.array_equal(whole.pixels, painted(pictures).pixels)


def test_a_full_disk_ends_the_film_and_not_the_run(pictures, tmp_path, monkeypatch, caplog):
    add = Reel.add

    def add_three(reel, frame):
        if len(reel) == 3:
            raise OSError(28, "No space left on device")
        add(reel, frame)

    monkeypatch.setattr(Reel, "add", add_three)
    painting = painted(pictures, film=tmp_path / "run.webp")
    assert painting.iterations == 6
    assert len(decoded(tmp_path / "run.webp")[0]) == 3
    assert "the film ends before iteration 3: No space left on device" in caplog.text


def test_a_film_that_cannot_be_written_costs_no_picture(pictures, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()

    def remove_the_folder(number, x):
        if number == 6:
            folder.rmdir()

    with pytest.raises(RunError, match="could not be written") as failed:
        painted(pictures, film=folder / "run.webp", on_iteration=remove_the_folder)
    assert failed.value.painting.iterations == 6
