"""The data of the page's form: the schema of a recipe with its texts, and all presets."""

from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from msgspec.structs import fields
from starlette.requests import Request
from starlette.responses import Response

from ...examples import DEMO
from ...presets import load_preset, preset_names
from ...presets.compose import ColorName, changes_for_color, changes_for_noise
from ...problem import recipe as tables
from ...problem.documented import documented
from ...problem.keys import ABOUT, alternatives
from ...problem.recipe import Recipe
from ...vgg import layer_table
from ..studio.studio import Studio
from .bodies import JSON, LARGEST_UPLOAD, answering
from .pictures import examples


def setup(studio: Studio, version: str) -> Any:
    """Make the endpoint that tells all that does not change."""

    @answering
    async def endpoint(request: Request) -> Response:
        return JSON(
            {
                "version": version,
                "schema": recipe_schema(),
                "presets": presets(),
                "examples": examples(studio),
                "first": DEMO,
                "largest": LARGEST_UPLOAD,
                "layers": [layer.name for layer in layer_table(19) if layer.kind != "linear"],
            }
        )

    return endpoint


def engines(studio: Studio) -> Any:
    """Make the endpoint that lists the engines; a process has to try them."""

    @answering
    async def endpoint(request: Request) -> Response:
        return JSON(await studio.desk.ask("engines"))

    return endpoint


@cache
def recipe_schema() -> dict[str, Any]:
    """Return the JSON schema of a recipe, with the text of every table and key.

    What a preset says of itself is left out.  Choices are in the order of the source, which begins
    with the plainest.
    """
    schema = msgspec.json.schema(Recipe)
    texts = documented(tables)
    for name, table in schema["$defs"].items():
        table["description"] = texts[name, ""]
        kind = getattr(tables, name)
        for field in fields(kind):
            entry = table["properties"][field.name]
            entry["description"] = texts.get((name, field.name), "")
            if "enum" in entry:
                entry["enum"] = choices(field.type)
    for name in ABOUT:
        del schema["$defs"]["Recipe"]["properties"][name]
    return schema


def choices(kind: Any) -> list[str]:
    """List what a type of names allows, in its order."""
    return [name for one in alternatives(kind) for name in get_args(one) if get_origin(one)]


@cache
def presets() -> list[dict[str, Any]]:
    """List the presets: what they say of themselves, their values, and how to start from noise."""
    told = []
    for name in preset_names():
        recipe = load_preset(name)
        whole = msgspec.to_builtins(recipe)
        about = {key: whole.pop(key) for key in ABOUT}
        told.append(about | {"values": whole, "noise": changes_for_noise(recipe)})
        told[-1]["colors"] = {word: changes_for_color(recipe, word) for word in get_args(ColorName)}
    return told
