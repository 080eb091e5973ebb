"""Compile every variant of every kernel, in parallel, into CuPy's cache; tell what was loaded.

CuPy compiles a kernel when it is first used, one after the other; in a new place that would be most
of a short visit.
"""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

from on_device import REHEARSE, on_device
from tests.gpu.kernels.variants import VARIANTS, Defines

from backpaint.gpu.device.kernel import kernel
from backpaint.gpu.kernels import kernel_names, source

PROCESSES = 2 if REHEARSE else max(1, (os.cpu_count() or 2) - 2)
LONGEST = ("conv_sm90.cu", "conv_sm80.cu", "conv_2_tiled.cu", "products.cu")


def compiled(job: tuple[str, Defines]) -> str:
    """Compile one variant; tell its kernels' registers and local memory, or why there are none."""
    file, defines = job
    begin = time.perf_counter()
    try:
        with on_device():
            found = [told(file, name, defines) for name in kernel_names(source(file))]
    except Exception as error:
        return f"FAILED {file} {defines}: {type(error).__name__}: {str(error)[:800]}"
    return f"{file} {defines} {time.perf_counter() - begin:.1f} s: {', '.join(found)}"


def told(file: str, name: str, defines: Defines) -> str:
    function = kernel(file, name, **defines)._function
    registers = getattr(function, "num_regs", 0)
    local = getattr(function, "local_size_bytes", 0)
    return f"{name} {registers} registers" + (f" LOCAL {local} bytes" if local else "")


def main() -> None:
    jobs = [(file, defines) for file, variants in VARIANTS.items() for defines in variants]
    jobs.sort(key=lambda job: job[0] not in LONGEST)
    if REHEARSE:
        jobs = [job for job in jobs if job[0] in ("relu.cu", "finish_sum.cu")]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        lines = list(pool.map(compiled, jobs))
    print("\n".join(sorted(lines)))
    for line in (line for line in lines if "FAILED" in line or "LOCAL" in line):
        print(line[:300])
    print(f"{len(lines)} modules, {sum('FAILED' in line for line in lines)} failed")


if __name__ == "__main__":
    main()
