"""A site that would load something from another host is refused; links to follow are fine."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "offline.py"


def look(folder):
    command = [sys.executable, SCRIPT, folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.html", '<script src="https://cdn.example/mathjax.js"></script>'),
        ("page.html", '<link rel="stylesheet" href="//fonts.example/css">'),
        ("page.html", "<style>@import 'https://fonts.example/css';</style>"),
        ("style.css", "@font-face { src: url(https://fonts.example/a.woff2) }"),
    ],
)
def test_what_loads_from_outside_is_named(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = look(tmp_path)
    assert done.returncode == 1
    assert "example" in done.stderr


def test_links_and_own_files_are_fine(tmp_path):
    text = '<a href="https://arxiv.org">paper</a><script src="_static/a.js"></script>'
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    assert look(tmp_path).returncode == 0


def test_a_folder_without_pages_is_no_site(tmp_path):
    assert look(tmp_path).returncode == 1
