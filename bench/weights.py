"""How long weights take to load, and how much memory, in a fresh process for each file.

    python bench/weights.py [--runs 5]

Linux only: memory is read from /proc, every two milliseconds.  The files hold VGG-19 with a head of
random numbers, as large as the published ones; the tests' writers make them.  The table goes to
bench/results/weights.md.  (The .pth needs PyTorch.)
"""

import argparse
import dataclasses
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from fuzz_files import writers

from backpaint.vgg import layer_table
from backpaint.weights import load_weights
from backpaint.weights.formats.safetensors import write

RESULTS = Path(__file__).parent / "results" / "weights.md"
INTERVAL = 0.002
LOAD = """
import sys, time
from backpaint.weights import load_weights
print("ready", flush=True)
sys.stdin.readline()
begin = time.perf_counter(), time.process_time()
weights = load_weights(sys.argv[1])
print(time.perf_counter() - begin[0], time.process_time() - begin[1], flush=True)
sys.stdin.readline()
"""


def sources(folder):
    """Write all files one by one, each removed when it was measured; yield names and paths."""
    yield "embedded VGG-16", "vgg16"
    yield "embedded VGG-19", "vgg19"
    write(folder / "converted", load_weights("vgg19"))
    yield "converted VGG-19 (safetensors)", folder / "converted"
    tests, network = writers(), whole_vgg19()
    weights = load_weights("vgg19")
    whole = dataclasses.replace(weights, filters=network.filters, biases=network.biases)
    write(folder / "converted", whole)
    yield "converted VGG-19 with its head", folder / "converted"
    variables = tests.matconvnet_variables(network, "new", False)
    yield "MatConvNet .mat, MATLAB v5", tests.write_v5(folder / "v5", variables)
    yield "MatConvNet .mat, MATLAB 7.3", tests.write_v73(folder / "v73", variables)
    del variables
    yield "Keras .h5", tests.write_keras(folder / "keras", network)
    yield "Caffe .caffemodel", tests.write_caffe(folder / "caffe", network)
    yield "PyTorch .pth, zip", write_torch(folder / "torch", tests.torchvision_arrays(network))


def whole_vgg19():
    """VGG-19 with a head of its true shapes and random numbers."""
    network = writers().first_layers("vgg19", "conv5_4")
    random = np.random.default_rng(6)
    for row in layer_table(19, head=True):
        if row.kind == "linear":
            shape = (row.channels_in, row.channels_out)
            network.filters[row.name] = random.standard_normal(shape, dtype=np.float32)
            network.biases[row.name] = random.standard_normal(row.channels_out, dtype=np.float32)
    return network


def write_torch(path, arrays):
    import torch

    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)
    return path


def measured(source):
    """Load one file in a fresh process.

    Gives seconds on the wall, seconds of its processor (without a child's), and the megabytes that
    it and its child grew by together, at the peak and in the end.
    """
    command = [sys.executable, "-c", LOAD, str(source)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        before = peak = resident(process.pid)
        process.stdin.write("go\n")
        process.stdin.flush()
        while not (line := available_line(process.stdout)):
            peak = max(peak, resident(process.pid))
            time.sleep(INTERVAL)
        after = resident(process.pid)
    wall, processor = map(float, line.split())
    return wall, processor, (max(peak, after) - before) / 1e6, (after - before) / 1e6


def available_line(pipe):
    import select

    return pipe.readline() if select.select([pipe], [], [], 0)[0] else ""


def resident(process):
    """Bytes in memory of a process and its children, pages that they share counted once."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        whole = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0
    pss = next(line for line in whole.splitlines() if line.startswith("Pss:"))
    return int(pss.split()[1]) * 1024 + sum(resident(child) for child in children)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    lines = [
        "| file | size | time to load | of the processor | memory at the peak | afterwards |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        for name, source in sources(Path(temporary)):
            runs = [measured(source) for _ in range(options.runs)]
            wall, processor, peak, after = map(median, zip(*runs, strict=True))
            size = f"{source.stat().st_size / 1e6:.0f} MB" if isinstance(source, Path) else ""
            times = f"{wall:.2f} s | {processor:.2f} s"
            lines.append(f"| {name} | {size} | {times} | {peak:.0f} MB | {after:.0f} MB |")
            print(lines[-1], flush=True)
            if isinstance(source, Path):
                source.unlink()
    load = os.getloadavg()[1] / os.cpu_count()
    note = (
        f"Fresh processes, medians of {options.runs}; {platform.machine()}, Python "
        f"{platform.python_version()}; on each of {os.cpu_count()} cores, {load:.1f} programs ran."
    )
    RESULTS.write_text("\n".join([*lines, "", note, ""]))


if __name__ == "__main__":
    main()
