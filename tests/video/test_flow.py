import struct

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.video.flow.borders import sharpen
from backpaint.video.flow.choose import choose_flow
from backpaint.video.flow.flo_file import MAGIC, read_flo
from backpaint.video.flow.frame import Frame
from backpaint.video.flow.guide import Painted, guide
from backpaint.video.flow.trust import nearest_first, on_border, visible
from backpaint.video.flow.warp import warp

from .clips import STEP, known_flow, moving_square, pan
from .flows import write_flows


def test_a_picture_is_taken_from_where_the_flow_points():
    picture = np.arange(12.0).reshape(3, 4)
    flow = np.zeros((3, 4, 2))
    flow[...] = (0.5, 1.0)  # to the right, and down
    expected = [[4.5, 5.5, 6.5, 7], [8.5, 9.5, 10.5, 11], [8.5, 9.5, 10.5, 11]]
    np.testing.assert_array_equal(warp(picture, flow), expected)
    np.testing.assert_array_equal(warp(np.dstack([picture, picture]), flow)[..., 1], expected)


def test_a_warped_frame_of_a_pan_is_the_next_one():
    first, second = pan(2)
    flow = known_flow(second, first)
    seen = visible(flow, known_flow(first, second))
    np.testing.assert_array_equal(warp(first.pixels, flow)[seen], second.pixels[seen])
    outside = np.zeros_like(seen)
    outside[:, -STEP[0] :] = outside[-STEP[1] :] = True
    np.testing.assert_array_equal(seen, ~outside)


def square_flows():
    frames, (before, after), step = moving_square()
    back, forth = np.zeros((*after.shape, 2)), np.zeros((*after.shape, 2))
    back[after, 0], forth[before, 0] = -step, step
    return frames, before, after, back, forth


def test_what_a_moving_thing_uncovers_is_not_trusted():
    _, before, after, back, forth = square_flows()
    seen = visible(back, forth)
    assert not seen[before & ~after].any()
    assert seen[after].all()
    assert seen[~before & ~after].all()


def test_the_border_of_a_motion_is_not_trusted():
    _, _, _, back, _ = square_flows()
    border = on_border(back)
    assert border[12, 10:24].all()  # the square's uppermost row
    assert not border[14:24, 12:22].any()


def test_half_a_pixel_beyond_the_last_ones_belongs_to_the_picture():
    flow = np.zeros((5, 6, 2))
    for shift, is_inside in ((0.4, True), (0.6, False)):
        for direction in ((shift, 0), (-shift, 0), (0, shift), (0, -shift)):
            flow[...] = direction
            assert visible(flow, -flow).all() == is_inside


def trusted(flow, frames):
    """Give what a guide trusts, and what it begins with, where a flow is known both ways."""
    first, second = frames
    found = guide(second, [Painted(first, first.pixels)], flow)
    return found.wanted[0].mask, found.shown


def test_beside_a_moving_thing_what_looks_like_where_the_flow_leads_is_trusted():
    frames, before, after, back, forth = square_flows()
    wrong = np.roll(forth, 5, axis=1)  # the way forth is blurred over the ground
    mask, shown = trusted(lambda here, there: back if here is frames[1] else wrong, frames)
    known = after | ~before
    assert shown[known].all()
    assert mask[known].mean() > 0.98
    assert (visible(back, wrong) & ~on_border(back))[known].mean() < 0.92
    assert not mask[before & ~after].any()


def test_what_looks_different_is_trusted_inside_of_a_motion_and_not_on_its_border():
    (first, second), before, after, back, forth = square_flows()
    darker = Frame(2, second.pixels - 10)  # the light has changed
    mask, shown = trusted(lambda here, there: back if here is darker else forth, (first, darker))
    border = on_border(back)
    known = after | ~before
    assert shown[known].all()
    assert mask[known & ~border].mean() > 0.98
    assert mask[known & border].mean() < 0.2


def test_a_scene_is_cut_where_what_looks_alike_does_so_by_chance():
    here, there = (Frame(number, np.full((8, 9, 3), 10.0)) for number in (2, 1))

    def lost(one, other):
        return np.random.default_rng(one.number).uniform(-3, 3, (8, 9, 2))

    assert guide(here, [Painted(there, there.pixels)], lost).is_cut


def test_each_pixel_is_left_to_the_nearest_frame_that_knows_it():
    near, far, farthest = np.array([[1, 1, 0, 0]]), np.array([[1, 0, 1, 0]]), np.ones((1, 4))
    left = nearest_first([near == 1, far == 1, farthest == 1])
    np.testing.assert_array_equal(left, [[[1, 1, 0, 0]], [[0, 0, 1, 0]], [[0, 0, 0, 1]]])


def test_a_blurred_border_is_made_sharp():
    from scipy.ndimage import gaussian_filter

    (first, second), before, after, back, _ = square_flows()
    blurred = gaussian_filter(back, (2, 2, 0))
    known = after | ~before
    sharp = sharpen(blurred, second, first)
    errors = [np.abs(flow - back)[known].max(axis=-1) for flow in (blurred, sharp)]
    assert np.mean(errors[1] > 1) < np.mean(errors[0] > 1) / 4
    assert np.mean(errors[0] > 1) > 0.05


def test_a_flow_that_is_right_stays():
    first, second = pan(2)
    flow = known_flow(second, first)
    np.testing.assert_array_equal(sharpen(flow, second, first), flow)


@pytest.mark.parametrize(("name", "library"), [("tvl1", "skimage"), ("dis", "cv2")])
def test_a_library_finds_the_way_of_a_pan(name, library):
    pytest.importorskip(library, reason="computes flows: pip install '.[video]'")
    first, second = pan(2, size=56)
    found = choose_flow(name, fast=False)(second, first)
    wrong = np.linalg.norm(found - known_flow(second, first), axis=-1)
    assert wrong[8:-8, 8:-8].mean() < 0.3


def test_flows_are_read_from_files(tmp_path):
    first, second = pan(2, size=5)
    flow = np.random.default_rng(0).normal(size=(5, 5, 2)).astype("<f4")
    (tmp_path / "2-1.flo").write_bytes(MAGIC + struct.pack("<2i", 5, 5) + flow.tobytes())
    read = choose_flow(f"{tmp_path}/{{0}}-{{1}}.flo", fast=False)
    np.testing.assert_array_equal(read(second, first), flow)
    with pytest.raises(UsageError, match=r"1-2[.]flo: expected a flow file, found: No such file"):
        read(first, second)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PNG", "expected a .flo file, found another"),
        (MAGIC + struct.pack("<2i", 4, 3) + bytes(96), "found 4 x 3"),
        (MAGIC + struct.pack("<2i", 2, 3) + bytes(47), "expected 60 bytes"),
        (MAGIC + struct.pack("<2i", 2, 3) + b"\xff" * 48, "found NaN or infinity"),
        (MAGIC + struct.pack("<2i", 2, 3) + b"\1\0\x80\x7f" * 12, "found NaN or infinity"),
    ],
)
def test_no_other_file_is_taken_for_a_flow(tmp_path, data, said):
    (tmp_path / "flow").write_bytes(data)
    with pytest.raises(UsageError, match=said):
        read_flo(tmp_path / "flow", (3, 2))


@pytest.mark.parametrize("name", ["flow.flo", "{0}.flo", "{x}{1}", "{0", "farneback"])
def test_a_pattern_has_the_numbers_of_both_frames(name):
    with pytest.raises(
        UsageError, match=r"the flow is .* expected auto, tvl1 or dis, or a pattern"
    ):
        choose_flow(name, fast=False)


def test_all_neighbors_flows_are_looked_for_and_the_first_ones_read(tmp_path):
    write_flows(tmp_path, 4, (8, 9))
    flow = choose_flow(str(tmp_path / "{0}-{1}.flo"), fast=False)
    flow.require(4, (8, 9))
    with pytest.raises(UsageError, match="expected a flow of 9 x 7 pixels"):
        flow.require(4, (7, 9))
    (tmp_path / "3-4.flo").unlink()
    flow.require(3, (8, 9))
    with pytest.raises(UsageError, match=r"3-4\.flo: expected a flow file, found none"):
        flow.require(4, (8, 9))


def test_a_flow_tells_what_auto_became_and_the_library(tmp_path):
    skimage = pytest.importorskip("skimage", reason="computes flows: pip install '.[video]'")
    told = choose_flow("auto", fast=False).told(2, (1,))
    assert told == {"method": "tvl1", "library": f"scikit-image {skimage.__version__}"}
