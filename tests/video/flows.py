"""Files of the true flow of the tiny pan."""

import struct

import numpy as np

from backpaint.video.flow.flo_file import MAGIC

from .clips import STEP


def write_flows(folder, count, shape):
    """Write the flows between neighbors of the first frames."""
    for here in range(1, count + 1):
        for there in (here - 1, here + 1):
            flow = np.empty((*shape, 2), "<f4")
            flow[...] = np.array(STEP) * (here - there)
            head = MAGIC + struct.pack("<2i", shape[1], shape[0])
            (folder / f"{here}-{there}.flo").write_bytes(head + flow.tobytes())
