"""The form's schema has every key of a recipe, with the texts of docs/settings.md."""

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from backpaint.problem.keys import LAYER, recipe_keys
from backpaint.problem.recipe import Images

pytest.importorskip("starlette", reason="needs starlette: pip install '.[web]'")

from backpaint.serve.api.form import presets, recipe_schema
from backpaint.serve.processes.order import Request, make_recipe

SETTINGS = Path(__file__).parents[2] / "docs" / "settings.md"


def keys_of(schema, name, prefix):
    """List the dotted paths below a definition, and the texts of each."""
    found = []
    for key, entry in schema["$defs"][name]["properties"].items():
        inner = [part["$ref"] for part in [entry, *entry.get("anyOf", [])] if "$ref" in part]
        for ref in inner:
            found += keys_of(schema, ref.rpartition("/")[2], f"{prefix}{key}.")
        if not inner:
            ending = f".{LAYER}" if entry.get("propertyNames") else ""
            found.append((f"{prefix}{key}{ending}", entry.get("description", "")))
    return found


def test_every_key_is_there_once_for_each_table_that_has_it():
    found = [path for path, _ in keys_of(recipe_schema(), "Recipe", "")]
    assert sorted(found) == sorted(key.path for key in recipe_keys())


def test_every_text_is_that_of_the_page_of_settings():
    page = SETTINGS.read_text()
    plain = page.replace("\\", "").replace("`", "")
    for path, text in keys_of(recipe_schema(), "Recipe", ""):
        if not path.endswith("method"):
            assert " ".join(text.replace("`", "").split()) in plain, path


def test_choices_begin_with_the_plainest_as_in_the_source():
    filters = recipe_schema()["$defs"]["Images"]["properties"]["filter"]["enum"]
    assert filters == list(get_args(get_type_hints(Images)["filter"]))
    assert filters[:3] == ["nearest", "bilinear", "bicubic"]  # sorted, bicubic would be the fourth


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset["name"])
def test_a_preset_sent_back_as_whole_tables_is_the_preset(preset):
    tables = {k: v for k, v in preset["values"].items() if k != "weights"}
    again = make_recipe(Request("cat", "swirls", preset=preset["name"], tables=tables))
    assert again == make_recipe(Request("cat", "swirls", preset=preset["name"]))
