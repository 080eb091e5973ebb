"""`backpaint paint --workers`, and a run that goes on elsewhere."""

import pytest

from backpaint.images import read_image


@pytest.mark.usefixtures("thin_networks")
def test_a_painting_in_tiles_and_the_same_resumed(backpaint, pictures, tmp_path):
    out, again = tmp_path / "out.png", tmp_path / "again.png"
    common = (pictures["cat"], pictures["swirls"], "--size", "40", "--workers", "0", "--tile", "16")
    told = backpaint("paint", *common, "-o", out, "--iterations", "2")
    assert "engine tiles (float32, this process)" in told.out
    kept = tmp_path / "kept.backpaint"
    backpaint("paint", *common, "-o", again, "--iterations", "1", "--checkpoint", kept)
    backpaint("resume", kept, "-o", again, "--iterations", "2")
    assert (read_image(again).pixels == read_image(out).pixels).all()


def test_what_does_not_go_with_the_engine_is_refused(backpaint, pictures, tmp_path):
    command = ("paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png")
    for options, why in {
        ("--tile", "64"): "--tile is of the engine tiles",
        ("--workers", "2", "--bands", "2"): "--bands is of the engine cpu",
        ("--workers", "2", "--engine", "cpu"): "--workers is of the engine tiles",
        ("--workers", "tcp://10.0.0.5:8786"): "tcp lets anybody on the network",
        ("--workers", "0", "--dtype", "float64"): "the engine tiles computes in float32",
    }.items():
        refused = backpaint(*command, *options)
        assert (refused.code, why in refused.err) == (2, True), refused.err
