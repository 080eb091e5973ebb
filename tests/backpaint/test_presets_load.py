"""Reading and changing presets, and what is said about a mistake."""

import pytest

from backpaint.errors import UsageError
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.recipe import Adam


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid_and_says_where_it_is_from(name):
    recipe = load_preset(name)
    assert recipe.name == name
    assert recipe.source
    assert recipe.description
    assert recipe.is_consistent == (not recipe.disagreements)


def test_changes_are_validated_and_leave_the_preset_alone():
    gatys = load_preset("gatys")
    changed = with_changes(
        gatys,
        {
            "style.weight": 5,
            "content.layers": {"relu5_2": 0.5},
            "optimizer": {"method": "adam", "iterations": 3, "rate": 1.0},
            "total_variation": {"weight": 1.0, "kind": "absolute"},
        },
    )
    assert changed.style.weight == 5.0
    assert changed.content.layers == {"relu5_2": 0.5}
    assert isinstance(changed.optimizer, Adam)
    assert gatys == load_preset("gatys")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nonsense": 1}, "nonsense.*allowed: the keys name, title"),
        ({"style.nonsense": 1}, "style.*nonsense.*allowed: the keys weight, layers"),
        ({"network.pool": "min"}, "network.pool.*'max', 'average', 'overlapping-average'"),
        ({"optimizer.iterations": 0}, "optimizer.iterations.*>= 1.*a whole number"),
        ({"optimizer.iterations": "many"}, "optimizer.iterations.*a whole number"),
        ({"optimizer.method": "magic"}, "optimizer.*'l-bfgs-b' with.*'adam' with"),
        ({"style.weight": -1}, "style.weight.*>= 0.0"),
        ({"variable.mean": [1, 2]}, "variable.mean.*a list of three numbers"),
        ({"content.layers": {"conv9_9": 1}}, "layer names like conv4_2"),
        ({"name.x": 1}, "name is a value, not a table"),
    ],
)
def test_a_mistake_is_answered_with_its_path_and_what_is_allowed(changes, message):
    with pytest.raises(UsageError, match=message):
        with_changes(load_preset("gatys"), changes)


def test_an_unknown_preset_is_answered_with_all_names():
    with pytest.raises(UsageError, match="no preset 'x'; choose one of gatys, andersbll"):
        load_preset("x")
