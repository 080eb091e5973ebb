"""``backpaint video``: a clip in, a painted clip out."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CONTENT_LAYERS_OPTION,
    NO_CLOBBER_OPTION,
    OBJECTIVE_OPTIONS,
    OPTIMIZER_OPTION,
    OUTPUT_FILE,
    PAPERS_OPTIONS,
    QUIET_OPTION,
    STYLES_ARGUMENT,
    STYLES_OPTIONS,
    color_option,
    with_options,
)

STABILITY = 0.2
"""What brings frames near each other at a tenth more of the other terms; see docs/video.md."""

CLIP_OPTIONS = (
    click.option("--start", metavar="TIME", help="Begin there: seconds, or 1:05.  [default: 0]"),
    click.option("--end", metavar="TIME", help="Stop before that.  [default: the clip's end]"),
    click.option("--every", type=click.IntRange(min=1), default=1, show_default=True,
                 metavar="N", help="Paint every Nth frame alone, and show it N times as long."),
    click.option("--resume", is_flag=True,
                 help="Go on with the frames in OUT.frames, where a run before was ended."),
    click.option("--keep-frames", is_flag=True, help="Keep OUT.frames, the frames as .png."),
)  # fmt: skip

AGREEMENT_OPTIONS = (
    click.option("--stability", type=float, default=STABILITY, show_default=True, metavar="S",
                 help="How much frames shall agree; at 1, ten levels off cost as much as what is "
                 "left of the first frame's loss; at 0, each only begins at the one before."),
    click.option("--look-back", default="1", show_default=True, metavar="1,N,...",
                 help="How many frames back others are asked for: 1,2,4 knows what was hidden for "
                 "a while."),
    click.option("--flow", default="auto", show_default=True, metavar="tvl1|dis|PATTERN",
                 help="How things move: TV-L1 of scikit-image, DIS of OpenCV, or .flo files of "
                 "yours: flow-{0:05d}-{1:05d}.flo, from frame 0 to frame 1 of the two."),
)  # fmt: skip

FAST_OPTIONS = (
    click.option("--fast", is_flag=True,
                 help="In one pass a frame, without a descent: a second instead of a minute."),
    click.option("--strength", type=float, metavar="X",
                 help="With --fast: from 0, its own style, to 1.  [default: 1]"),
)  # fmt: skip


@click.command(cls=GroupedCommand, short_help="Paint a clip, so that its frames agree.")
@click.argument("clip", metavar="IN", shell_complete=completions.file_names)
@STYLES_ARGUMENT
@click.option("-o", "--output", required=True, metavar="OUT.mp4", type=OUTPUT_FILE,
              help="The film to write: H.264, with the sound of IN.")  # fmt: skip
@with_options(CLIP_OPTIONS, AGREEMENT_OPTIONS, FAST_OPTIONS)
@with_options(STYLES_OPTIONS, (CONTENT_LAYERS_OPTION,))
@color_option()
@with_options(PAPERS_OPTIONS)
@click.option("--iterations", metavar="A[,B]",
              help="Of the first frame of a scene, and of every other.  [default: the preset's, "
              "and two fifths of them]")  # fmt: skip
@with_options(OBJECTIVE_OPTIONS, (OPTIMIZER_OPTION, NO_CLOBBER_OPTION, QUIET_OPTION))
def video(clip: str, styles: tuple[str, ...], **options: Any) -> None:
    """Paint the clip IN in the style of STYLE.

    Each frame begins at the painted frame before it, moved as the clip moves, and shall stay like
    it wherever the two show the same.  Needs `pip install 'backpaint[video]'`.

    \b
    backpaint video walk.mp4 starry.jpg -o out.mp4
    backpaint video walk.mp4 starry.jpg -o out.mp4 --start 0:05 --end 0:07 --size 480
    backpaint video walk.mp4 starry.jpg -o out.mp4 --fast
    backpaint video walk.mp4 starry.jpg -o out.mp4 --resume
    """
    from .runs.clip import paint_clip

    paint_clip(options, clip, styles)
