"""What a process for each file costs, beside a fork of one that has its libraries already.

python bench/child_start.py [--runs 7]
"""

import argparse
import os
import resource
from contextlib import closing
from statistics import median

from backpaint.isolation import decode_picture
from backpaint.isolation.child import Child
from backpaint.weights.formats.keras import h5
from backpaint.weights.formats.matconvnet import v5

MODULES = {"pictures (Pillow)": decode_picture, "HDF5 (h5py)": h5, ".mat v5 (SciPy)": v5}


def processor_time(function):
    """Seconds of the processor that children of this process need for something."""
    before = _spent()
    function()
    return _spent() - before


def _spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(module):
    with closing(Child(module.__name__)):
        pass


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print("| a process that can read | processor time |\n|---|---|")
    for name, module in MODULES.items():
        seconds = median(processor_time(lambda module=module: start(module)) for _ in range(runs))
        print(f"| {name}, started | {1000 * seconds:.0f} ms |")
    seconds = median(processor_time(fork) for _ in range(20 * runs))
    print(f"| all of them, forked | {1000 * seconds:.0f} ms |")


if __name__ == "__main__":
    main()
