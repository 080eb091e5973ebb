"""Every example in a docstring is run."""

import doctest
import importlib
import pkgutil

import pytest

import backpaint

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(backpaint.__path__, "backpaint.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:  # an extra that is not installed
        if error.name is None or error.name.startswith("backpaint"):
            raise
        pytest.skip(f"{name} needs {error.name}")
    failed, _ = doctest.testmod(module)
    assert failed == 0


def test_rooms_are_found():
    for room in ("reference.conv", "weights.load", "optimizers.adam", "presets.load"):
        assert f"backpaint.{room}" in MODULES
