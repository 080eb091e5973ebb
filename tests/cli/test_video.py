import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")

from backpaint.examples import example_path

from ..video.clips import read_clip, write_clip
from ..video.flows import write_flows


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    write_flows(folder, 4, (24, 32))
    return write_clip(folder / "in.mp4", count=4)


def words(clip, film, *options):
    flows = clip.parent / "{0}-{1}.flo"
    return ["video", clip, example_path("swirls"), "-o", film, "--flow", flows, *options]


def command(clip, film, *options):
    """Make a program of its own of it."""
    return [sys.executable, "-m", "backpaint", *map(str, words(clip, film, *options))]


@pytest.fixture
def video(backpaint):
    return lambda *arguments: backpaint(*words(*arguments))


def frames_of(film):
    folder = film.with_name(f"{film.name}.frames")
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


@pytest.mark.slow
def test_a_run_that_was_ended_goes_on_to_the_same_bytes(clip, tmp_path, video):
    film = tmp_path / "out.mp4"
    options = ("--size", "32", "--iterations", "2,1", "--keep-frames")
    done = video(clip, film, *options)
    assert done.code == 0, done.err
    whole, log = frames_of(film), film.with_name("out.mp4.frames") / "log.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:2]) + lines[2][:10])
    for name in ("00003.png", "00004.png"):
        (log.parent / name).unlink()
    refused = video(clip, film, *options)
    assert refused.code == 2
    assert "go on with --resume" in refused.err
    other = video(clip, film, *options, "--resume", "--stability", "3")
    assert other.code == 2
    assert "is of another run: stability differ" in other.err
    again = video(clip, film, *options, "--resume")
    assert again.code == 0, again.err
    assert "going on behind frame 2" in again.out
    assert frames_of(film) == whole
    assert len(whole) == 4
    facts = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["cut"] for line in facts] == [True, False, False, False]


@pytest.mark.slow
def test_a_signal_leaves_the_film_so_far_and_frames_to_go_on_with(clip, tmp_path):
    film = tmp_path / "out.mp4"
    endless = ("--size", "32", "--iterations", "1,1000000", "--set", "optimizer.factr=0")
    for number, options, told in (
        (signal.SIGINT, (), "frame 1 of 4"),
        (signal.SIGTERM, ("--resume",), "going on behind frame 1"),
    ):
        child = command(clip, film, *endless, *options)
        run = subprocess.Popen(child, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in run.stdout:
            if line.startswith(told):
                break
        run.send_signal(number)
        said, _ = run.communicate(timeout=120)
        assert run.returncode == 130
        assert "of 1 frame; go on with --resume" in said
        assert len(read_clip(film)[0]) == 1
        assert [*frames_of(film)] == ["00001.png"]


@pytest.fixture
def small_files(monkeypatch):
    """Let files grow to a size within a block."""
    resource = pytest.importorskip("resource", reason="the system has no such limit")
    # Python would keep what it compiles cut short, and every later process would stumble over it
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # children have the same limit

    @contextmanager
    def limited(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


def test_a_file_that_cannot_grow_ends_the_run_and_its_frames_stay(
    clip, tmp_path, video, small_files
):
    film = tmp_path / "out.mp4"
    with small_files(4000):  # room for frames, not for the film with its sound
        done = video(clip, film, "--fast", "--size", "32")
    assert done.code == 1
    assert "out.mp4 could not be written: File too large" in done.err
    assert not film.exists()
    assert len(frames_of(film)) == 4


def test_in_one_pass(clip, tmp_path, video):
    film = tmp_path / "out.mp4"
    done = video(clip, film, "--fast", "--size", "32")
    assert done.code == 0, done.err
    assert "wrote" in done.out
    assert not frames_of(film)
    frames, sound = read_clip(film)
    source, tone = read_clip(clip)
    assert [time for time, _ in frames] == [time for time, _ in source]
    assert sound == tone


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--strength", "0.5"), "--strength came without --fast"),
        (("--fast", "--preset", "gatys"), "--preset is of a descent, and --fast has none"),
    ],
)
def test_options_that_mean_nothing_are_refused(clip, tmp_path, video, options, said):
    refused = video(clip, tmp_path / "out.mp4", *options)
    assert refused.code == 2
    assert said in refused.err


def test_a_missing_flow_file_is_found_before_the_first_frame(clip, tmp_path, video):
    lacking = str(clip.parent / "none-{0}-{1}.flo")
    refused = video(clip, tmp_path / "out.mp4", "--fast", "--size", "32", "--flow", lacking)
    assert refused.code == 2
    assert "none-2-1.flo: expected a flow file, found" in refused.err
    assert not list(tmp_path.iterdir())


def test_a_wrong_output_is_refused(clip, tmp_path, video):
    assert "expected a film's name that ends in .mp4" in video(clip, tmp_path / "out.png").err
    assert "is an input as well as an output" in video(clip, clip).err
