"""The GPU engine checked and measured beside PyTorch, in one command.

    python bench/gpu.py [--parts checks,ceilings,speed,lbfgs] [--sizes 512,1024,2048]
    python bench/gpu.py --emulate --sizes 16 --output rehearsal     # without a GPU

Whoever is killed loses nothing: after every figure bench/results gets gpu.json, joined with what
other parts and sizes have left there, and gpu.md with the tables; in the end, where matplotlib is
installed, gpu.png too, with the CPU's figures of cpu.json.  What fails is written down, and the
rest goes on.  docs/gpu/device_run.md tells what to run in a short visit.
"""

import argparse
import json
import platform
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from backpaint.errors import UsageError
from backpaint.gpu.device import device

from gpu_checks import checks  # isort: skip  (a neighbor, not a package)
from gpu_descents import lbfgs  # isort: skip
from gpu_speed import ceilings, speed  # isort: skip
from gpu_report import plot, report  # isort: skip

RESULTS = Path(__file__).parent / "results"
PARTS = {"checks": checks, "ceilings": ceilings, "speed": speed, "lbfgs": lbfgs}


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="checks,ceilings,speed,lbfgs")
    parser.add_argument("--sizes", default="512,1024,2048")
    parser.add_argument("--precisions", default="exact,tf32,fast", help="of ours")
    parser.add_argument("--tune", default="off", help="ours, by: off,own,cudnn (off)")
    parser.add_argument("--torch", default="tf32,fp32,fp16,bf16", help="PyTorch's precisions")
    parser.add_argument(
        "--modes",
        default="eager,graph,compiled",
        help="PyTorch's; compiled at the first size alone",
    )
    parser.add_argument("--runs", type=int, default=30, help="evaluations in a median (30)")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each contestant (2)")
    parser.add_argument("--iterations", type=int, default=500, help="of L-BFGS")
    parser.add_argument("--device", type=int, default=0)
    parser.add_argument(
        "--seed", type=int, default=None, help="of the checks' pictures; absent: new ones"
    )
    parser.add_argument("--emulate", action="store_true", help="rehearse on the processor")
    parser.add_argument("--output", type=Path, default=None, help="folder for the results")
    options = parser.parse_args()
    for name in ("parts", "sizes", "precisions", "tune", "torch", "modes"):
        setattr(options, name, getattr(options, name).split(","))
    options.sizes = [int(size) for size in options.sizes]
    unknown = set(options.parts) - PARTS.keys()
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose of {', '.join(PARTS)}")
    if options.emulate:
        options.runs, options.rounds, options.modes = 1, 1, ["eager"]
        options.iterations = min(options.iterations, 3)
        if options.output is None:
            parser.error("--emulate measures nothing; give --output FOLDER for its figures")
    options.output = RESULTS if options.output is None else options.output
    return options


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """Tell what was measured, with which versions."""
    info = device.require_device(options.device)
    runtime = device.xp().cuda.runtime
    found = {
        "device": info.name,
        "memory_gb": round(info.total_bytes / 1e9, 1),
        "emulated": options.emulate,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    for name in ("driverGetVersion", "runtimeGetVersion"):
        if hasattr(runtime, name):
            found[name.removesuffix("GetVersion")] = int(getattr(runtime, name)())
    for name in ("cupy", "torch"):
        try:
            found[name] = __import__(name).__version__
        except ImportError:
            found[name] = None
    return found


def joined(before: Any, value: Any) -> Any:
    """Keep the rows of contestants that an earlier run has timed and this one has not."""
    if isinstance(before, dict) and "rows" in before:
        return {**value, "rows": {**before["rows"], **value["rows"]}}
    return value


def run(options: argparse.Namespace) -> None:
    """Run the parts in turn; each one's results are on disk before the next begins."""
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "gpu.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = machine(options)
    for name in options.parts:
        begin = time.perf_counter()
        part = results.setdefault(name, {})
        for key, value in PARTS[name](options):
            part[key] = joined(part.get(key), value)
            path.write_text(json.dumps(results, indent=1) + "\n")
            (options.output / "gpu.md").write_text(report(results))
            print(f"{name}: {key}: {json.dumps(value)}", flush=True)
        print(f"{name} took {time.perf_counter() - begin:.0f} s", flush=True)
    plot(results, RESULTS / "cpu.json", options.output / "gpu.png")


def main() -> None:
    options = parse_options()
    with device.emulate() if options.emulate else nullcontext():
        try:
            run(options)
        except UsageError as error:
            print(f"bench/gpu.py: {error}", file=sys.stderr)
            sys.exit(2)
    if not options.emulate or "checks" in options.parts:
        results = json.loads((options.output / "gpu.json").read_text())
        wrong = [key for key, row in results.get("checks", {}).items() if not row["passed"]]
        if wrong:
            print(f"wrong: {', '.join(wrong)}", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
