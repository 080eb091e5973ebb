"""What the compiler made of the convolutions' ends: registers, loads in flight, widths of stores.

    python bench/kernel_facts.py [--files conv_sm90.cu,conv_sm80.cu] [--output FILE.md]
    python bench/kernel_facts.py --match "16x(128|64)($|.* (13|18)$)"

Compiles with the installed NVRTC, which needs no GPU, and reads nvdisasm's listing; both come with
`pip install '.[compile]'`.  A load counts as in flight with those that stand between the same two
stores: no store waits for less.
"""

import argparse
import ctypes
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.gpu.kernels.nvrtc import compile_kernels, compiler
from tests.gpu.kernels.variants import VARIANTS, Defines, architectures

from backpaint.gpu.kernels import source

INSTRUCTION = re.compile(r"^\s*/\*\w+\*/\s+(?:@\S+\s+)?([\w.]+)", re.M)
MEMORY = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")


class Facts(NamedTuple):
    """Of one variant on one architecture."""

    variant: str
    registers: int
    spilled_bytes: int
    instructions: int
    products: int
    loads: str
    in_flight: int
    stores: str


def facts(file: str, defines: Defines, architecture: str, nvdisasm: Path) -> Facts:
    options = ["-ftz=true", *(f"-D{key}={value}" for key, value in defines.items())]
    compiled = compile_kernels(file, source(file), architecture, options)
    if not compiled.success:
        raise SystemExit(compiled.log)
    names = INSTRUCTION.findall(listing(compiled.code, nvdisasm))
    return Facts(
        name(file, defines, architecture),
        max(map(int, re.findall(r"Used (\d+) registers", compiled.log))),
        sum(int(number) for row in MEMORY.findall(compiled.log) for number in row),
        len(names),
        sum("MMA" in instruction for instruction in names),
        widths(names, "LDG"),
        most_between_stores(names),
        widths(names, "STG"),
    )


def name(file: str, defines: Defines, architecture: str) -> str:
    """Name a variant; of a trial the steps, or that its copies round, come last."""
    size = "x".join(str(defines[key]) for key in ("TILE_ROWS", "TILE_CHANNELS") if key in defines)
    warps = "x".join(str(defines[key]) for key in ("WARPS_DOWN", "WARPS_ACROSS") if key in defines)
    text = f"{file} {architecture} {defines.get('MODE', defines.get('REAL', ''))} {size or warps}"
    if defines.get("MODE") == "TF32" and "sm90" in file and "ROUND_TO_TF32" not in defines:
        text += ", rounding copies"
    return text + (f", steps {defines['STEPS']}" if "STEPS" in defines else "")


def listing(code: bytes, nvdisasm: Path) -> str:
    with tempfile.NamedTemporaryFile(suffix=".cubin") as binary:
        binary.write(code)
        binary.flush()
        run = subprocess.run([nvdisasm, binary.name], capture_output=True, text=True, check=True)
    return run.stdout


def widths(names: list[str], kind: str) -> str:
    """Count loads or stores of global memory by their bits: ``32: 64, 128: 4``."""
    found = Counter(bits(one) for one in names if one.split(".")[0] == kind)
    return ", ".join(f"{width}: {count}" for width, count in sorted(found.items())) or "none"


def bits(instruction: str) -> int:
    parts = instruction.split(".")
    known = {"U8": 8, "S8": 8, "U16": 16, "S16": 16, "64": 64, "128": 128}
    return next((known[part] for part in parts if part in known), 32)


def most_between_stores(names: list[str]) -> int:
    """Count the loads that stand between two stores, at most."""
    most = here = 0
    for instruction in (one.split(".")[0] for one in names):
        here = 0 if instruction == "STG" else here + (instruction == "LDG")
        most = max(most, here)
    return most


def rows(files: list[str], match: str) -> Iterator[Facts]:
    nvidia = [Path(folder) for folder in __import__("nvidia").__path__]
    (nvdisasm, *_) = [path for folder in nvidia for path in folder.glob("**/bin/nvdisasm")]
    for file in files:
        for defines in VARIANTS[file]:
            for architecture in architectures(file):
                if re.search(match, name(file, defines, architecture)):
                    yield facts(file, defines, architecture, nvdisasm)


def nvrtc_version() -> str:
    major, minor = ctypes.c_int(), ctypes.c_int()
    compiler().library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", default="conv_sm90.cu")
    parser.add_argument("--match", default="", help="of the variants' names")
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    header = (
        "| variant | registers | spilled | instructions | products | loads | in flight | stores |"
    )
    lines = [f"NVRTC {nvrtc_version()}.", "", header, "|---|" + "---:|" * 4 + "---|---:|---|"]
    for row in rows(options.files.split(","), options.match):
        lines.append("| " + " | ".join(map(str, row)) + " |")
        print(lines[-1], flush=True)
    if options.output is not None:
        options.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
