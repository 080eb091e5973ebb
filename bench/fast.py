"""One pass of the engine `cpu` beside onnxruntime's, on the same network and threads.

    pip install onnx onnxruntime
    python bench/fast.py arbitrary_predict.onnx arbitrary_transform.onnx

Each is run in turn, in processes of their own with their own number of threads, and the medians
are compared: what else the machine does then troubles both alike.  Time of the processor, which
others cannot take away, is measured beside time of the clock.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (256, 384, 512, 1024)
ROUNDS = 9
NAMES = ("ours", "onnxruntime", "ours, processor", "onnxruntime, processor")
RESULTS = Path(__file__).parent / "results" / "fast.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Time both for each number of threads, and write the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs=2, help="predictor and transformer, as .onnx")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tasks", nargs="+", help="these alone; others stay as they were measured")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        print(json.dumps(timed(options.sources, options.worker, options.rounds, options.tasks)))
        return
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    for threads in options.threads:
        command = [sys.executable, __file__, *options.sources, "--worker", str(threads)]
        command += ["--rounds", str(options.rounds)]
        command += ["--tasks", *options.tasks] if options.tasks else []
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.setdefault(str(threads), {}).update(json.loads(done.stdout))
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(table(found), flush=True)


def timed(
    sources: Sequence[str], threads: int, rounds: int, chosen: Sequence[str] | None
) -> dict[str, Any]:
    """Time both in turn, each task several times; give the medians in seconds."""
    import onnxruntime
    from fast_recorded import float_graph

    from backpaint.cpu.stylization.networks import CPUNetworks

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
    predictor, transformer = (
        onnxruntime.InferenceSession(
            float_graph(Path(path)), settings, providers=["CPUExecutionProvider"]
        )
        for path in sources
    )
    (name,) = (each.name for each in transformer.get_inputs() if each.name != "content_image")
    ours, rng = CPUNetworks(threads), np.random.default_rng(0)
    style = rng.random((256, 256, 3), np.float32)
    numbers = ours.read_style(style)
    tasks: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "style": (
            lambda: ours.read_style(style),
            lambda: predictor.run(None, {"style_image": style[np.newaxis]}),
        )
    }
    for size in SIZES:
        content = rng.random((size, size, 3), np.float32)
        given = {"content_image": content[np.newaxis], name: numbers.reshape(1, 1, 1, -1)}
        tasks[f"{size} x {size}"] = (
            lambda content=content: ours.paint(content, numbers),  # type: ignore[misc]
            lambda given=given: transformer.run(None, given),  # type: ignore[misc]
        )
    return {task: medians(*tasks[task], rounds) for task in chosen or tasks}


def medians(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Run both in turn after one run that does not count; clock and processor, in seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in NAMES}
    for number in range(rounds + 1):
        for name, run in zip(("ours", "onnxruntime"), (ours, theirs), strict=True):
            begin, busy = time.perf_counter(), time.process_time()
            run()
            if number:
                seconds[name].append(time.perf_counter() - begin)
                seconds[f"{name}, processor"].append(time.process_time() - busy)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(found: dict[Any, Any]) -> str:
    """Write the medians and their ratios as a table."""
    lines = [
        "| threads | task | `cpu` | onnxruntime | times its time | times its processor time |",
        "|---|---|---|---|---|---|",
    ]
    for threads, tasks in found.items():
        for task, times in tasks.items():
            ours, theirs, *busy = (times[name] for name in NAMES if name in times)
            processor = f"{busy[0] / busy[1]:.2f}" if busy else ""
            lines.append(
                f"| {threads} | {task} | {ours:.3f} s | {theirs:.3f} s | {ours / theirs:.2f} "
                f"| {processor} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
