"""``backpaint presets``: the systems that can be reproduced by name."""

import click

from .shared import completions


@click.command(short_help="List the presets, or show one with all its settings and quirks.")
@click.argument(
    "name", required=False, metavar="[NAME|FILE]", shell_complete=completions.preset_names
)
@click.option("--toml", "as_toml", is_flag=True, help="Print the preset's file, to change it.")
def presets(name: str | None, as_toml: bool) -> None:
    """List the presets, or show one, or a recipe of your own.

    A recipe of your own is a TOML file: a preset's, changed, or `extends = "gatys"` and the keys
    that differ.

    \b
    backpaint presets
    backpaint presets tf-tutorial
    backpaint presets tf-tutorial --toml > mine.toml
    backpaint paint photo.jpg style.jpg -o painting.png --preset ./mine.toml
    """
    from ..presets import load_preset, preset_names
    from ..words import printable_lines

    if as_toml and name is None:
        raise click.UsageError("--toml prints one preset; name it")
    if name is not None:
        text = written_preset(name) if as_toml else describe(name)
        click.echo(printable_lines(text), nl=not as_toml)
        return
    for preset in preset_names():
        recipe = load_preset(preset)
        click.echo(f"{preset:<22}{recipe.title}")
    click.echo("\nShow one with `backpaint presets NAME`; use it with `--preset NAME`.")


def written_preset(name: str) -> str:
    """Read a preset's TOML, or that of a recipe's file which is one."""
    from pathlib import Path

    from ..presets import load_preset, preset_text
    from ..presets.own_file import is_file_name

    load_preset(name)
    return Path(name).read_text(encoding="utf-8") if is_file_name(name) else preset_text(name)


def describe(name: str) -> str:
    """Write out a preset: what it is, its quirks, and every setting by its dotted path."""
    from ..presets import load_preset

    recipe = load_preset(name)
    lines = [recipe.title, f"source: {recipe.source}", "", recipe.description.strip(), ""]
    for heading, texts in (
        ("Quirks", recipe.quirks),
        ("Where its loss and its gradient disagree", recipe.disagreements),
        ("Weights", recipe.substitutions),
    ):
        if texts:
            lines += [f"{heading}:", *(f"  - {text}" for text in texts), ""]
    return "\n".join([*lines, "Settings (change them with --set KEY=VALUE):", *settings(recipe)])


def settings(recipe: object) -> list[str]:
    """List ``key = value`` for every setting that is not a text about the preset."""
    import msgspec

    from ..problem.flat import flat

    return [f"  {path} = {value}" for path, value in flat(msgspec.to_builtins(recipe))]
