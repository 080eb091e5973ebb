"""What the compiler made of the kernels: registers, loads in flight, widths of stores.

    python bench/kernel_facts.py [--files conv_sm90.cu,pool_runs.cu] [--output FILE.md]
    python bench/kernel_facts.py --match "16x(128|64)($|.* (13|18)$)"
    python bench/kernel_facts.py --committed                # writes bench/results/kernel_facts.md

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


RESULT = Path(__file__).parent / "results" / "kernel_facts.md"
COMMITTED = {
    "conv_sm90.cu": r"16x(128|64)(, in clusters)?($|, (wide )?steps (13|18)$)",
    "conv_2_tiled.cu": r"sm_90a.*->.* (8x8|32x1)( edge)?$",
    "conv_picture.cu": r"sm_90a.*(float|__half)->",
    "edge_gradient.cu": r"sm_90a",
    "pool.cu": r"sm_90a (float|__half)",
    "masks.cu": r"sm_90a (float|__half)",
    "pool_runs.cu": r"sm_90a (float|__half)",
    "products.cu": r"sm_90a.*TF32",
    "gram.cu": r"sm_90a.*TF32",
}
"""The kernels that may replace others, those others, and what a repeated edge costs."""

SECTION = re.compile(r"^\.text\.(\w+):", re.M)


class Facts(NamedTuple):
    """Of one kernel in one variant on one architecture."""

    variant: str
    registers: int
    spilled_bytes: int
    instructions: int
    products: int
    loads: str
    in_flight: int
    stores: str


def facts(file: str, defines: Defines, architecture: str, nvdisasm: Path) -> Iterator[Facts]:
    """Compile a file, and read what each of its kernels became."""
    options = ["-ftz=true", *(f"-D{key}={value}" for key, value in defines.items())]
    compiled = compile_kernels(file, source(file), architecture, options)
    if not compiled.success:
        raise SystemExit(compiled.log)
    _, *parts = SECTION.split(listing(compiled.code, nvdisasm))
    for kernel, text in zip(parts[::2], parts[1::2], strict=True):
        (log,) = re.findall(rf"properties for {kernel}\n(.*\n.*)", compiled.log)
        names = INSTRUCTION.findall(text)
        yield Facts(
            f"{name(file, defines, architecture)} {kernel}".removesuffix(f" {file[:-3]}"),
            int(re.findall(r"Used (\d+) registers", log)[0]),
            sum(int(number) for row in MEMORY.findall(log) for number in row),
            len(names),
            sum(instruction.startswith(("HMMA", "HGMMA")) for instruction in names),
            widths(names, "LDG"),
            most_between_stores(names),
            widths(names, "STG"),
        )


def name(file: str, defines: Defines, architecture: str) -> str:
    """Name a variant: what it computes with, its tile, how it differs from another of that size."""
    words = [file, architecture, str(defines.get("REAL", ""))]
    if "LOADED" in defines:
        words[-1] = f"{defines['LOADED']}->{defines.get('STORED', defines['REAL'])}"
    if "MODE" in defines:
        words = [*words[: 3 if "products" in file or "gram" in file else 2], str(defines["MODE"])]
    sizes = (
        ("TILE_ROWS", "TILE_CHANNELS"),
        ("TILE_ROWS", "CHANNEL_GROUPS"),
        ("WARPS_DOWN", "WARPS_ACROSS"),
    )
    words += ["x".join(str(defines[key]) for key in pair) for pair in sizes if pair[1] in defines]
    text = " ".join(word for word in words if word)
    if defines.get("MODE") == "TF32" and "sm90" in file and "ROUND_TO_TF32" not in defines:
        text += ", rounding copies"
    text += " edge" * ("REPEAT_EDGE" in defines)
    text += ", in clusters" * ("CLUSTER" in defines)
    wide = "wide " * ("STRIP_RUN" in defines)
    return text + (f", {wide}steps {defines['STEPS']}" if "STEPS" in defines else "")


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


def rows(files: dict[str, str]) -> Iterator[Facts]:
    """Compile the variants of files whose names match."""
    nvidia = [Path(folder) for folder in __import__("nvidia").__path__]
    (nvdisasm, *_) = [path for folder in nvidia for path in folder.glob("**/bin/nvdisasm")]
    for file, match in files.items():
        for defines in VARIANTS[file]:
            for architecture in architectures(file):
                if re.search(match, name(file, defines, architecture)):
                    yield from facts(file, defines, architecture, nvdisasm)


def nvrtc_version() -> str:
    major, minor = ctypes.c_int(), ctypes.c_int()
    compiler().library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", default="conv_sm90.cu")
    parser.add_argument("--match", default="", help="of the variants' names")
    parser.add_argument("--committed", action="store_true", help="what the docs speak of")
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    files = dict.fromkeys(options.files.split(","), options.match)
    if options.committed:
        files, options.output = COMMITTED, RESULT
    header = (
        "| variant | registers | spilled | instructions | products | loads | in flight | stores |"
    )
    lines = [f"NVRTC {nvrtc_version()}.", "", header, "|---|" + "---:|" * 4 + "---|---:|---|"]
    for row in rows(files):
        lines.append("| " + " | ".join(map(str, row)) + " |")
        print(lines[-1], flush=True)
    if options.output is not None:
        options.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
