"""Times on the device, by events on the current stream."""

from collections.abc import Callable
from statistics import median

from .device import xp

WARM_UPS = 3


def event_ms(launch: Callable[[], None], runs: int) -> float:
    """Take the median time of a launch, after a few that are not counted.

    Parameters
    ----------
    launch : callable
        Gives work to the current stream, which must not be captured.
    runs : int
        How many times are measured.

    Returns
    -------
    float
        Milliseconds, never 0.
    """
    cuda = xp().cuda
    times = []
    for _ in range(WARM_UPS + runs):
        begin, end = cuda.Event(), cuda.Event()
        begin.record()
        launch()
        end.record()
        end.synchronize()
        times.append(float(cuda.get_elapsed_time(begin, end)))
    return max(median(times[WARM_UPS:]), 1e-6)
