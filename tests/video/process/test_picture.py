"""Four colors, through codecs and tags, are the same four colors."""

from fractions import Fraction

import numpy as np
import pytest

from backpaint.isolation.returned import Refusal
from backpaint.video.process.colors import pq_light, pq_signal, to_srgb
from backpaint.video.process.picture import Form

av = pytest.importorskip("av", reason="reads and writes clips: pip install '.[video]'")

COLORS = np.array([[(200, 60, 40), (40, 180, 60)], [(50, 70, 210), (128, 128, 128)]], np.uint8)
TO_BT2020 = np.array(((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.088, 0.8956)))


def card(side=16):
    return COLORS.repeat(side, axis=0).repeat(side, axis=1)


def linear():
    """Give the light of the card in BT.2020, relative to white."""
    levels = card() / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4) @ (
        TO_BT2020.T
    )


def as_pq():
    return np.rint(65535 * pq_signal(203 * linear())).astype(np.uint16)


def as_hlg():
    screen = 0.203 * linear()
    luminance = screen @ (0.2627, 0.678, 0.0593)
    scene = screen * (luminance ** (1 / 1.2 - 1))[..., np.newaxis]
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.rint(65535 * np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)).astype(np.uint16)


def written(path, codec, layout, pixels, kind="rgb24", matrix=None, tags=None, **more):
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25, options=more.pop("options", {"crf": "6"}))
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = layout
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        more.pop("prepare", lambda stream: None)(stream)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), kind)
        frame = frame.reformat(format=layout, dst_colorspace=matrix)
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def seen(path, most=1_000_000):
    with av.open(str(path)) as file:
        form = Form(file.streams.video[0])
        (frame,) = file.decode(video=0)
        return form.picture(frame, most), form.notes(frame)


def middles(pixels):
    height, width = pixels.shape[:2]
    return pixels[[height // 4, 3 * height // 4]][:, [width // 4, 3 * width // 4]].astype(int)


HDR = {"colorspace": 9, "color_primaries": 9}
KINDS = {
    "untold.mp4": ("libx264", "yuv420p", card, {"matrix": 5}, None),
    "high definition.mp4": ("libx264", "yuv420p", lambda: card(300), {"matrix": 1}, None),
    "said.mp4": ("libx264", "yuv420p", card, {"matrix": 1, "tags": {"colorspace": 1}}, None),
    # Not by x265, which HDR often comes from: 4.2 now and then corrupts its memory, frames of one
    # picture below 64 pixels a side in half of all runs.
    "pq.mp4": ("libx264", "yuv420p10le", as_pq, {"tags": HDR | {"color_trc": 16}}, "HDR (PQ)"),
    "hlg.mov": ("prores_ks", "yuv422p10le", as_hlg, {"tags": HDR | {"color_trc": 18}}, "HDR (HLG)"),
    "alpha.webm": ("libvpx-vp9", "yuva420p", card, {"matrix": 5}, "opacity ignored"),
    "alpha.mov": ("prores_ks", "yuva444p10le", card, {"matrix": 5, "options": {}}, "opacity"),
}


@pytest.mark.parametrize("name", KINDS)
def test_colors_are_right(tmp_path, name):
    codec, layout, make, more, noted = KINDS[name]
    pixels = make()
    if pixels.dtype == np.uint16:
        more = more | {"kind": "rgb48le", "matrix": 9}
    elif layout.startswith("yuva"):
        opacity = np.full((*pixels.shape[:2], 1), 100, np.uint8)
        pixels, more = np.concatenate([pixels, opacity], axis=2), more | {"kind": "rgba"}
    found, notes = seen(written(tmp_path / name, codec, layout, pixels, **more))
    assert np.abs(middles(found) - COLORS).max() <= 4
    assert noted is None or any(noted in note for note in notes)


def test_bright_light_is_told_from_white_and_nothing_from_the_peak():
    gray = np.repeat(pq_signal(np.array([[20.0, 203.0, 500.0, 1000.0, 4000.0]])), 3).reshape(
        1, 5, 3
    )
    levels = to_srgb(np.rint(65535 * gray).astype(np.uint16), 16, 9)[0, :, 0].astype(int)
    white = 255 * (1.055 * (20 / 203) ** (1 / 2.4) - 0.055)
    assert abs(levels[0] - white) <= 1
    assert 210 < levels[1] < levels[2] < 254 < levels[3] == levels[4] == 255


def test_pq_is_its_own_inverse():
    light = np.array([0.01, 1.0, 100.0, 10000.0])
    np.testing.assert_allclose(pq_light(pq_signal(light)), light, rtol=1e-9)


@pytest.mark.parametrize(("aspect", "shape"), [(Fraction(2), (32, 64)), (Fraction(1, 2), (64, 32))])
def test_pixels_that_are_no_squares_become_some(tmp_path, aspect, shape):
    def prepare(stream):
        stream.sample_aspect_ratio = aspect

    path = written(tmp_path / "in.mp4", "libx264", "yuv420p", card(), prepare=prepare)
    found, notes = seen(path)
    assert found.shape[:2] == shape
    assert notes == [f"its pixels are no squares: 32 x 32 is painted as {shape[1]} x {shape[0]}"]
    with pytest.raises(Refusal, match=f"{shape[1]} x {shape[0]}"):
        seen(path, most=2000)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_clip_is_upright(tmp_path, degrees):
    if not hasattr(av.VideoStream, "set_display_rotation"):
        pytest.skip("this PyAV writes no display matrix")
    pixels = card()[:, :24]
    path = written(
        tmp_path / "in.mp4", "libx264", "yuv420p", pixels, matrix=5,
        prepare=lambda stream: stream.set_display_rotation(degrees),
    )  # fmt: skip
    found, notes = seen(path)
    turned = np.rot90(pixels, degrees // 90)
    assert notes == ["turned upright"]
    assert found.shape == turned.shape
    assert np.abs(found.astype(int) - turned).mean() < 12
