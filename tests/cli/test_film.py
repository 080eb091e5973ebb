"""The film's options: written beside the picture, refused before the run."""

import signal
import subprocess
import sys

import pytest
from PIL import Image

QUICK = ("--size", 36, "--iterations", 2)


def test_a_film_is_written_beside_the_pictures_on_the_way(backpaint, pictures, tmp_path):
    film = tmp_path / "run.gif"
    done = backpaint(
        "texture", pictures["swirls"], "-o", tmp_path / "out.png", *QUICK, "--save-every", 1,
        "--film", film, "--film-seconds", 2, "--film-curve", "--film-size", 30,
    )  # fmt: skip
    assert done.code == 0, done.err
    with Image.open(film) as image:
        assert image.n_frames == 3
        assert image.width == 25  # of 33 by 40
    assert (tmp_path / "out-0002.png").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--film", "run.avi"), "film is 'run.avi'; expected a name that ends in"),
        (("--film", "run.gif", "--film-seconds", "1"), "film seconds are 1.0; expected a number"),
        (("--film-curve",), "--film-curve came without --film"),
        (("--film", "out.webp", "-o", "out.webp"), "two outputs have the same name"),
        (("--film", "-"), "film is standard output"),
    ],
)
def test_a_wrong_film_is_refused_before_the_run(
    options, sentence, backpaint, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = backpaint("paint", pictures["cat"], pictures["swirls"], "-o", "out.png", *options)
    assert done.code == 2
    assert sentence in done.err
    assert not (tmp_path / "out.png").exists()


def test_a_film_that_exists_is_kept_with_no_clobber(backpaint, pictures, tmp_path):
    film = tmp_path / "run.gif"
    film.write_bytes(b"precious")
    done = backpaint("demo", "-o", tmp_path / "out.png", *QUICK, "--film", film, "--no-clobber")
    assert (done.code, film.read_bytes()) == (2, b"precious")


@pytest.mark.slow
def test_ctrl_c_keeps_the_film_so_far(pictures, tmp_path):
    film = tmp_path / "run.webp"
    command = [sys.executable, "-m", "backpaint", "paint", pictures["cat"], pictures["swirls"]]
    command += ["-o", tmp_path / "out.png", "--size", "36", "--iterations", "100000"]
    command += ["--set", "optimizer.factr=0", "--film", film, "--save-every", "5"]
    run = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True)
    for line in run.stderr:
        if line.startswith("iteration"):
            break
    while not (tmp_path / "out-0005.png").exists():
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 130
    with Image.open(film) as image:
        assert image.n_frames > 5
