"""``backpaint show``: how a painting came about."""

import json

import click


@click.command(short_help="Tell with which settings a painting was made.")
@click.argument("picture", metavar="PICTURE")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(picture: str, as_json: bool) -> None:
    """Print preset, settings, versions, hash of the weights, seed and losses of a painting.

    \b
    backpaint show painting.png
    """
    from ..errors import UsageError
    from ..images import read_metadata

    text = read_metadata(picture)
    if text is None:
        raise UsageError(
            f"{picture} carries no settings; expected a picture that backpaint wrote as .png"
        )
    if as_json:
        click.echo(text)
        return
    made = json.loads(text)
    for key in ("program", "preset", "content", "styles", "size", "engine", "dtype", "weights",
                "weights_sha256", "initial", "seed", "color", "iterations", "evaluations",
                "seconds", "stopped", "loss"):  # fmt: skip
        if made.get(key) is not None:
            click.echo(f"{key:<16}{made[key]}")
    for name, value in made["terms"].items():
        click.echo(f"  {name:<22}{value:.6g}")
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    click.echo(f"{'versions':<16}{versions}")
    for key, value in made["recipe"]["optimizer"].items():
        click.echo(f"{'optimizer.' + key:<34}{value}")
