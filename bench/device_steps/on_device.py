"""What the steps of `device_run.sh` share: a GPU, or the emulated one in a rehearsal."""

import contextlib
import os

from backpaint.gpu.device import device

REHEARSE = bool(os.environ.get("REHEARSE"))


def on_device() -> contextlib.AbstractContextManager[None]:
    """Make the emulated device the current one in a rehearsal."""
    return device.emulate() if REHEARSE else contextlib.nullcontext()
