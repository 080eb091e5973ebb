"""The pages of the systems are in step with the presets, and their numbers with the reference."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backpaint.presets import preset_names

SYSTEMS = Path(__file__).resolve().parents[2] / "docs" / "systems"


def test_pages_are_in_step_with_the_presets():
    command = [sys.executable, SYSTEMS / "tables.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_preset_has_a_page_in_the_list():
    listed = (SYSTEMS / "index.md").read_text(encoding="utf-8").splitlines()
    assert set(preset_names()) <= set(listed)


@pytest.mark.slow
@pytest.mark.parametrize("preset", preset_names())
def test_start_values_are_what_the_reference_computes(preset, monkeypatch):
    """In float64, as the pages were written: a second a preset where BLAS has one thread."""
    monkeypatch.syspath_prepend(SYSTEMS)
    from start_values import facts

    said = json.loads((SYSTEMS / "start_values.json").read_text(encoding="utf-8"))[preset]
    found = facts(preset)
    assert found.pop("terms") == pytest.approx(said.pop("terms"), rel=1e-8)
    assert found == pytest.approx(said, rel=1e-8)
