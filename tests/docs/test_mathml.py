"""Formulas as browsers draw them by themselves."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("latex2mathml", reason="the site's formulas: pip install '.[docs]'")
pytest.importorskip("sphinx", reason="the site: pip install '.[docs]'")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "_extensions"))
import mathml

PRIME = '<mo lspace="0" rspace="0">\u2032</mo>'


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("J'u", f"<mrow><mrow><mi>J</mi>{PRIME}</mrow></mrow><mi>u</mi>"),
        ("w'_a", f"<msub><mrow><mi>w</mi>{PRIME}</mrow><mi>a</mi></msub>"),
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
    ],
)
def test_a_prime_is_no_exponent(latex, expected):
    assert expected in mathml.converted(latex, "inline")
