"""Inline assembly hands a fragment's registers over in the order of its array.

The emulator has functions in the place of these instructions, and NVRTC compiles a register named
twice as well as the right one, so nothing else would notice it without a GPU.
"""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import backpaint.gpu.kernels

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++'s preprocessor")

HEADERS = Path(backpaint.gpu.kernels.__file__).parent / "headers"
STRING = r'"(?:[^"\\]|\\.)*"'
STATEMENT = re.compile(rf"\basm\s*(?:volatile)?\s*\(\s*((?:{STRING}\s*)+)(.*?)\);", re.S)
OPERAND = re.compile(r'"[+=]?\w"\s*\(((?:[^()]|\([^()]*\))*)\)')
ELEMENT = re.compile(r'"[+=]?[fr]"\s*\((\w)\[([\d +]+)\]\)')


def statements(file: str) -> Iterator[tuple[str, str]]:
    """Yield each statement's instructions and operands, macros expanded."""
    command = ["g++", "-E", "-P", "-w", "-x", "c++", str(HEADERS / file)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for found in STATEMENT.finditer(text):
        strings, operands = found.groups()
        yield "".join(map(ast.literal_eval, re.findall(STRING, strings))), operands


def registers(instructions: str) -> list[list[int]]:
    """Return the numbers of every list of registers, as `{%4, %5}`."""
    return [
        [int(number) for number in re.findall(r"%(\d+)", found)]
        for found in re.findall(r"\{(%[^}]*)\}", instructions)
    ]


def test_registers_of_a_fragment_are_in_order():
    """Operands are arrays, one after another; each list of registers is one of them, as a whole."""
    seen = 0
    for instructions, operands in statements(
        "wgmma.cuh"
    ):  # which includes all others that have any
        elements = [(name, sum(map(int, i.split("+")))) for name, i in ELEMENT.findall(operands)]
        names = [name for name, _ in elements]
        lengths = {name: names.count(name) for name in names}
        assert elements == [(name, i) for name in lengths for i in range(lengths[name])]
        first = {name: names.index(name) for name in lengths}
        arrays = [list(range(first[name], first[name] + lengths[name])) for name in lengths]
        if arrays:
            # The result first, then the factors; then `mma` names what it adds to.
            assert registers(instructions) in (arrays, [*arrays, arrays[0]]), instructions
            seen += 1
    assert seen == 2 + 2 + 4  # mma, ldmatrix, wgmma


def test_places_and_coordinates_of_a_copy_are_in_order():
    seen = 0
    for instructions, operands in statements("cluster.cuh"):
        if "cp.async.bulk.tensor" not in instructions:
            continue
        names = OPERAND.findall(operands)
        (coordinates,) = registers(instructions)
        assert [names[number] for number in coordinates] == ["c0", "c1", "c2"]
        places = [names[int(number)] for number in re.findall(r"\[%(\d+)", instructions)]
        assert places == ["shared_address(to)", "map", "shared_address(b)"]
        seen += 1
    assert seen == 2  # to one block, to several
