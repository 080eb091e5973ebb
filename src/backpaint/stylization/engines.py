"""The engines that paint in one pass."""

from ..cpu.engine import CPU
from ..cpu.stylization.networks import CPUNetworks
from ..engine.engine import Engine
from ..engines import resolve_engine
from ..errors import UsageError
from ..fast.networks import Networks, ReferenceNetworks
from ..reference.engine import Reference

ENGINES = ("cpu", "reference")


def one_pass_engine(engine: str | Engine) -> Engine:
    """Choose what computes; ``auto`` is `cpu`, for which a picture is a matter of a second.

    Parameters
    ----------
    engine : str or Engine
        ``auto``, one of `ENGINES`, or `backpaint.CPU` or `backpaint.Reference` with options.

    Raises
    ------
    UsageError
        If there is no such engine, or it has no one-pass network.
    """
    chosen = resolve_engine("cpu" if engine == "auto" else engine)
    if not isinstance(chosen, CPU | Reference):
        raise UsageError(
            f"the engine {chosen.name} does not paint in one pass; choose {' or '.join(ENGINES)}"
        )
    return chosen


def networks_near(engine: Engine) -> Networks:
    """Load both networks for an engine, or for `cpu` where it does not paint in one pass."""
    return networks_of(engine if isinstance(engine, CPU | Reference) else CPU())


def networks_of(engine: Engine) -> Networks:
    """Load both networks for an engine that `one_pass_engine` gave."""
    if isinstance(engine, CPU):
        return CPUNetworks(engine.threads)
    return ReferenceNetworks(engine.dtype)
