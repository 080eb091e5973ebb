"""Refuse, before anything is computed, what cannot fit into memory."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path

from ..errors import UsageError
from ..words import memory

Size = tuple[int, int]

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of a container, seen from inside of it."""


def require_memory(
    shape: Size,
    bytes_at: Callable[[Size], int],
    free: int | None,
    ways_to_fit: Iterable[tuple[str, int]] = (),
) -> None:
    """Refuse a picture that cannot fit; name the largest that can, and options with which it fits.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the picture.
    bytes_at : callable
        From a shape to the bytes that painting it takes; it grows with the shape.
    free : int or None
        Bytes that can be taken; None where the system does not say.
    ways_to_fit : iterable of (str, int)
        Options, and what the picture takes with them; the one that costs least comes first.

    Raises
    ------
    UsageError
        If the estimate exceeds what is free.
    """
    if free is None:
        return
    needed = bytes_at(shape)
    if needed <= free:
        return
    height, width = shape
    sides = range(1, max(shape))
    side = bisect_left(sides, True, key=lambda side: bytes_at(_scaled(shape, side)) > free)
    advice = (
        f"the largest that fits has {side} pixels on its longer side"
        if side
        else "not even the smallest fits"
    )
    fitting = [(way, nbytes) for way, nbytes in ways_to_fit if nbytes <= free]
    words = [f"with {way} it takes {memory(nbytes)}" for way, nbytes in _cheapest(fitting)]
    raise UsageError(
        f"painting {width} x {height} pixels takes about {memory(needed)} of memory, and "
        f"{memory(free)} are free; {', '.join([*words, advice])}"
    )


def _cheapest(fitting: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keep the first way of each kind: the same options, whatever their values."""
    kinds: dict[tuple[str, ...], tuple[str, int]] = {}
    for way, nbytes in fitting:
        kind = tuple(word for word in way.split() if word.startswith("--"))
        kinds.setdefault(kind, (way, nbytes))
    return list(kinds.values())


def available_bytes() -> int | None:
    """Return how much memory is free for this process; None where the system does not say."""
    free = [_free_in_system(), _free_in_group()]
    return min((value for value in free if value is not None), default=None)


def _free_in_system() -> int | None:
    """Read Linux's own estimate of what can be taken without swapping."""
    path = Path("/proc/meminfo")
    if not path.exists():
        return None
    for line in path.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return None


def _free_in_group() -> int | None:
    """Read the limit of a container, if there is one, and what it has left.

    Files that were read count as used, and are given back when memory is needed.
    """
    limit, used, parts = (GROUP / f"memory.{name}" for name in ("max", "current", "stat"))
    if not limit.exists() or not used.exists() or limit.read_text().strip() == "max":
        return None
    lines = parts.read_text().splitlines() if parts.exists() else []
    counts = dict(line.split(maxsplit=1) for line in lines)
    cached = sum(int(counts.get(name, 0)) for name in ("inactive_file", "active_file"))
    return int(limit.read_text()) - int(used.read_text()) + cached


def _scaled(shape: Size, side: int) -> Size:
    longer = max(shape)
    return max(1, shape[0] * side // longer), max(1, shape[1] * side // longer)
