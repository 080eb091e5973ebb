"""Reading and changing presets, and what is said about a mistake."""

from fractions import Fraction

import pytest

from backpaint.errors import UsageError
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.recipe import Adam


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


def test_changes_are_not_changed_by_each_other():
    changes = {"content": {"weight": 1.0, "divisor": "2", "layers": {}}, "content.weight": 3.0}
    assert with_changes(load_preset("gatys"), changes).content.weight == 3.0
    assert changes["content"]["weight"] == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"": 1}, "no key ''; expected the keys name, title"),
        ({"style.": 1}, "style: there is no key ''; expected"),
        (
            {"style.weight": 10**400},
            r"style.weight: found 1000.* \.\.\., which no float can hold, exp",
        ),
        (
            {"style.weight": 10**5000},
            "style.weight: found a very large int, which no float can hold, exp",
        ),
        (
            {"style.weight": Fraction(10**400)},
            r"style.weight: found Fraction\(1000.*, expected a nu",
        ),
        ({"style.layers.relu1_1": 10**400}, "style.layers"),
        ({"nonsense": 1}, "no key 'nonsense'; expected the keys name, title"),
        ({"style.nonsense": 1}, "style: .*no key 'nonsense'; expected the keys weight, layers"),
        ({"network.pool": "min"}, "network.pool: found 'min', expected 'max', 'average', 'over"),
        ({"optimizer.iterations": 0}, "optimizer.iterations: found 0.*whole number of at least 1"),
        ({"optimizer.iterations": "many"}, "optimizer.iterations: found 'many'.*a whole number"),
        ({"optimizer.method": "magic"}, "optimizer.*found 'magic'.*'l-bfgs-b' with.*'adam' with"),
        ({"optimizer": {"method": "adam", "iterations": 3}}, "optimizer: the key 'rate' is miss"),
        ({"style.weight": -1}, "style.weight: found -1, expected a number of at least 0"),
        ({"style.weight": float("inf")}, "style.weight: found inf"),
        ({"variable.mean": [1, 2]}, r"variable.mean: found \[1, 2\], expected a list of three"),
        ({"variable.std": [1, 2, 0]}, r"variable.std.*found \[1, 2, 0\]"),
        ({"content.layers": {"conv9_9": 1}}, "found conv9_9, expected layer names like conv4_2"),
        ({"style.layers.relu9_1": 1}, "style.layers: found relu9_1, expected layer names"),
        ({"content.layers.relu4_2": "x"}, "content.layers.*relu4_2, expected layer names.*number"),
        ({"images": {"filter": "nearest", "antialias": False}}, "images: antialias = false goes"),
        ({"images.eight_bit": 8}, "images.eight_bit: found 8, expected true or false"),
        ({"name": "mine"}, "name: it tells what the preset gatys is"),
        ({"name.x": 1}, "name is a value, not a table"),
    ],
)
def test_a_mistake_is_answered_with_its_path_and_what_is_allowed(changes, message):
    with pytest.raises(UsageError, match=message):
        with_changes(load_preset("gatys"), changes)


def test_an_unknown_preset_is_answered_with_all_names():
    with pytest.raises(
        UsageError, match="no preset 'x'; choose one of backpaint, gatys, andersbll"
    ):
        load_preset("x")


def test_the_papers_letters_are_taken_in_divisors():
    changes = {"style.divisor": "4 N^2 M^2", "style.gram_divisor": "NM", "content.divisor": 2}
    made = with_changes(load_preset("gatys"), changes)
    assert made.style.divisor == "4 C^2 M^2"
    assert made.style.gram_divisor == "C M"
    assert made.content.divisor == "2"
