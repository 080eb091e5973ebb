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


ROOMS = dict.fromkeys(".".join(name.split(".")[:2]) for name in MODULES)


def failed_examples(module):
    """Count them; a docstring without any would first make it look for changed files."""
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(module):
        if test.examples:
            runner.run(test)
    return runner.failures


@pytest.mark.parametrize("room", ROOMS)
def test_examples(room, subtests):
    """Only modules that lack an extra are skipped, not their room."""
    failures = {}
    for name in (name for name in MODULES if f"{name}.".startswith(f"{room}.")):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:  # an extra that is not installed
            if error.name is None or error.name.startswith("backpaint"):
                raise
            with subtests.test(name):
                pytest.skip(f"{name} needs {error.name}")
        else:
            failures[name] = failed_examples(module)
    assert not any(failures.values()), {name: count for name, count in failures.items() if count}


def test_rooms_are_found():
    for room in ("reference.conv", "weights.load", "optimizers.adam", "presets.load"):
        assert f"backpaint.{room}" in MODULES
