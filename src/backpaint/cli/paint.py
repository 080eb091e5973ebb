"""``backpaint paint``: the main job."""

from typing import Any

import click

from .options import (
    OUTPUT_OPTIONS,
    RECIPE_OPTIONS,
    init_option,
    output_option,
    parse_changes,
    with_options,
)


@click.command(short_help="Paint a photograph in the style of one picture or several.")
@click.argument("content", metavar="CONTENT")
@click.argument("styles", metavar="STYLE...", nargs=-1, required=True)
@output_option()
@init_option()
@click.option("--style-shares", metavar="A,B,...", help="How much each of several styles counts.")
@click.option(
    "--color",
    type=click.Choice(["style", "keep"]),
    default="style",
    show_default=True,
    help="keep: only the light and dark of the painting, the colors of CONTENT.",
)
@with_options(RECIPE_OPTIONS, OUTPUT_OPTIONS)
def paint(content: str, styles: tuple[str, ...], style_shares: str | None, **options: Any) -> None:
    """Paint CONTENT in the style of STYLE.

    \b
    backpaint paint cat.jpg starry.jpg -o out.png
    backpaint paint cat.jpg starry.jpg -o out.png --size 256 --iterations 100
    backpaint paint cat.jpg starry.jpg scream.jpg -o out.png --style-shares 0.7,0.3
    backpaint paint cat.jpg starry.jpg -o out.png --preset tf-tutorial --set total_variation=off
    backpaint paint cat.jpg starry.jpg -o out.png --init noise --log run.jsonl --plot loss.png
    """
    paint_with(options, content, styles, style_shares)


def paint_with(
    options: dict[str, Any],
    content: str | None,
    styles: tuple[str, ...],
    style_shares: str | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Open a session from a command's options and run it.

    Parameters
    ----------
    options : dict
        The values of the shared options.
    content, styles, style_shares
        As on the command line.
    changes : dict, optional
        What the command itself changes in the recipe, before ``--set`` and the other options.
    """
    from ..session import open_session
    from .execute import Outputs, execute

    init = options.get("init", "preset")
    outputs = Outputs(
        options["output"],
        options["save_every"],
        options["log_path"],
        options["plot_path"],
        options["profile"],
        options["quiet"],
    )
    files = [path for path in (content, *styles) if path is not None]
    outputs.check(*files, *([] if init in ("preset", "content", "noise") else [init]))
    wanted = (changes or {}) | recipe_changes(options)
    if init in ("content", "noise"):
        wanted["initial.start"], init = init, "preset"
    session = open_session(
        content,
        list(styles),
        preset=options["preset"],
        changes=wanted,
        size=options["size"],
        weights=options["weights"],
        style_shares=parse_shares(style_shares),
        engine=options["engine"],
        dtype=options["dtype"],
        threads=options["threads"],
        exact=options["exact"],
    )
    execute(session, outputs, seed=options["seed"], init=init, color=options.get("color", "style"))


def recipe_changes(options: dict[str, Any]) -> dict[str, Any]:
    """Collect the changes of the recipe that the options ask for."""
    from ..presets import load_preset

    changes: dict[str, Any] = {}
    if options["tv_weight"] is not None:
        if load_preset(options["preset"]).total_variation is None:
            changes["total_variation.kind"] = "squared"
        changes["total_variation.weight"] = options["tv_weight"]
    for key, option in (
        ("optimizer.iterations", "iterations"),
        ("content.weight", "content_weight"),
        ("style.weight", "style_weight"),
    ):
        if options[option] is not None:
            changes[key] = options[option]
    return changes | parse_changes(options["changes"])


def from_noise(preset: str) -> dict[str, Any]:
    """Say what a command changes in a preset to start from noise, far from any picture.

    Bounds help `l-bfgs-b` there: without them many pixels end outside 0..255 and are clipped.
    """
    from ..presets import load_preset
    from ..recipe import LBFGSB

    changes: dict[str, Any] = {"initial.start": "noise"}
    if isinstance(load_preset(preset).optimizer, LBFGSB):
        changes["optimizer.bounds"] = "pixels"
    return changes


def parse_shares(text: str | None) -> list[float] | None:
    """Read ``0.7,0.3``."""
    if text is None:
        return None
    try:
        return [float(share) for share in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"found {text!r}, expected numbers such as 0.7,0.3", param_hint="--style-shares"
        ) from None
