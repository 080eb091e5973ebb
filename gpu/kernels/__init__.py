"""CUDA C++ in files; this module puts a file and the headers that it includes into one text."""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

_INCLUDE = re.compile(r'^#include "(.+)"$')
_ATTRIBUTE = r"(?:__\w+__\s*\([^)]*\)|[A-Z_]+)\s+"
_KERNEL = re.compile(rf"__global__\s+void\s+((?:{_ATTRIBUTE})*)(\w+)\s*\(")


def source(file: str) -> str:
    """Read a kernel file with its own headers in place of their ``#include``, each once.

    Parameters
    ----------
    file : str
        ``"relu.cu"``

    Returns
    -------
    str
        What NVRTC, nvcc and the emulator compile.  One text, so that a change in a header is a
        change of what they keep in their caches; ``#line`` keeps their messages right.
    """
    return "\n".join(_lines(file, set())) + "\n"


def kernel_names(text: str) -> list[str]:
    """List the kernels that a source defines, in its order."""
    return list(kernel_attributes(text))


def kernel_attributes(text: str) -> dict[str, str]:
    """Return what stands before each kernel's name: ``__launch_bounds__(256, 1)``, a macro."""
    return {name: " ".join(attributes.split()) for attributes, name in _KERNEL.findall(text)}


@cache
def fingerprint() -> str:
    """Return a hash of all kernels and headers, for which alone what was measured holds."""
    folder = files(__package__)
    texts = [
        entry.read_bytes()
        for place in (folder, folder.joinpath("headers"))
        for entry in sorted(place.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".cu", ".cuh"))
    ]
    return sha256(b"".join(texts)).hexdigest()[:16]


def _lines(file: str, included: set[str]) -> list[str]:
    included.add(file)
    folder = files(__package__).joinpath("headers" if file.endswith(".cuh") else "")
    text = folder.joinpath(file).read_text(encoding="utf-8")
    lines = [f'#line 1 "{file}"']
    for number, line in enumerate(text.splitlines(), start=1):
        header = _INCLUDE.match(line)
        if line == "#pragma once":
            lines.append("")
        elif header is None:
            lines.append(line)
        else:
            if header[1] not in included:
                lines += _lines(header[1], included)
            lines.append(f'#line {number + 1} "{file}"')
    return lines
