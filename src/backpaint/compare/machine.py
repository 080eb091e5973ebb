"""The machine of a comparison: processor, memory, versions; nothing that names its owner."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..cpu.threads.team import available_processors
from ..engine.free_memory import available_bytes

PACKAGES = {
    "backpaint": ("backpaint",),
    "NumPy": ("numpy",),
    "PyTorch": ("torch",),
    "TensorFlow": ("tensorflow", "tensorflow-cpu", "tensorflow_cpu"),
    "JAX": ("jax",),
    "CuPy": ("cupy-cuda13x", "cupy-cuda12x", "cupy"),
}
"""By the names of their distributions, so that nothing need be imported."""
BUSY = 0.25
"""Processes at work for each processor, above which times mean little."""


def machine() -> dict[str, str]:
    """Describe the machine in a few words each."""
    free = available_bytes()
    found = {
        "processor": _processor(),
        "processors": str(available_processors()),
        "system": f"{platform.system()} {platform.machine()}",
    }
    if free is not None:
        found["memory"] = f"{free / 1e9:.0f} GB of memory free"
    return found


def versions() -> dict[str, str]:
    """List the versions of what computes, where it is installed."""
    found = {"Python": platform.python_version()}
    for name, distributions in PACKAGES.items():
        for distribution in distributions:
            try:
                found[name] = version(distribution)
            except PackageNotFoundError:
                continue
            break
    return found


def busy_note() -> str | None:
    """Warn where others compute on the same processors."""
    if not hasattr(os, "getloadavg"):
        return None
    load, processors = os.getloadavg()[0], available_processors()
    if load < BUSY * processors:
        return None
    return (
        f"the machine was busy before it began (load {load:.1f} on {processors} processors): "
        "times are longer than they need be, and ratios less certain"
    )


def _processor() -> str:
    """Read the processor's name where Linux tells it."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
