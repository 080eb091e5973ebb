"""One pass of the engine `cpu` beside onnxruntime's, on the same network and threads.

    pip install onnx onnxruntime
    python bench/fast.py arbitrary_predict.onnx arbitrary_transform.onnx

Each is run in turn, in processes of their own with their own number of threads, and the medians
are compared: what else the machine does then troubles both alike.
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
RESULTS = Path(__file__).parent / "results" / "fast.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Time both for each number of threads, and write the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs=2, help="predictor and transformer, as .onnx")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        print(json.dumps(timed(options.sources, options.worker, options.rounds)))
        return
    found = {}
    for threads in options.threads:
        command = [sys.executable, __file__, *options.sources, "--worker", str(threads)]
        command += ["--rounds", str(options.rounds)]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found[threads] = json.loads(done.stdout)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(table(found), flush=True)


def timed(sources: Sequence[str], threads: int, rounds: int) -> dict[str, Any]:
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
    return {task: medians(*both, rounds) for task, both in tasks.items()}


def medians(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Run both in turn after one run that does not count."""
    seconds: dict[str, list[float]] = {"ours": [], "onnxruntime": []}
    for number in range(rounds + 1):
        for name, run in zip(seconds, (ours, theirs), strict=True):
            begin = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(found: dict[Any, Any]) -> str:
    """Write the medians and their ratio as a table."""
    lines = ["| threads | task | `cpu` | onnxruntime | times its time |", "|---|---|---|---|---|"]
    for threads, tasks in found.items():
        for task, both in tasks.items():
            ours, theirs = both["ours"], both["onnxruntime"]
            lines.append(
                f"| {threads} | {task} | {ours:.3f} s | {theirs:.3f} s | {ours / theirs:.2f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
