"""Which versions are here, and what is missing."""

import importlib
import os
import platform

NAMES = (
    *("numpy", "scipy", "h5py", "PIL", "click", "tqdm", "msgspec", "threadpoolctl"),
    *("platformdirs", "pooch", "cupy", "torch", "jax", "cudnn", "pytest", "pytest_timeout"),
    *("hypothesis", "backpaint.gpu"),
)


def version(name: str) -> str:
    try:
        module = importlib.import_module(name)
        return str(vars(module).get("__version__", "present"))
    except Exception as error:
        return f"missing: {type(error).__name__}: {error}"


if __name__ == "__main__":
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors")
    for name in NAMES:
        print(name, version(name), flush=True)
