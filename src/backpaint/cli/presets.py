"""``backpaint presets``: the systems that can be reproduced by name."""

import click


@click.command(short_help="List the presets, or show one with all its settings and quirks.")
@click.argument("name", required=False)
def presets(name: str | None) -> None:
    """List the presets, or show one.

    \b
    backpaint presets
    backpaint presets tf-tutorial
    """
    from ..presets import load_preset, preset_names

    if name is not None:
        click.echo(describe(name))
        return
    for preset in preset_names():
        recipe = load_preset(preset)
        click.echo(f"{preset:<22}{recipe.title}")
    click.echo("\nShow one with `backpaint presets NAME`; use it with `--preset NAME`.")


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

    about = {"name", "title", "source", "description", "quirks", "disagreements", "substitutions"}
    table = {key: value for key, value in msgspec.to_builtins(recipe).items() if key not in about}
    return [f"  {path} = {value}" for path, value in flat(table)]


def flat(table: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """List a table's entries by dotted path; a key without a value is ``off``."""
    rows: list[tuple[str, object]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows += flat(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", "off" if value is None else value))
    return rows
