"""The engines that there are; this module alone imports them, each when it is asked for."""

from importlib import import_module

from .engine.engine import DTypeName, Engine
from .errors import UsageError, did_you_mean
from .problem.problem import Problem
from .problem.recipe import Recipe

ENGINES = {"gpu": "GPU", "cpu": "CPU", "reference": "Reference"}
"""The fastest first: the package of each, and the class of its options there."""
TILES = "tiles"
"""An engine that is only taken by its name: the engine `cpu` on several processes or machines."""
HOMES = {TILES: "cluster"}
"""Packages of engines that have another name."""


def engine_class(name: str) -> type[Engine]:
    """Import the class of an engine's options.

    Parameters
    ----------
    name : str
        One of `ENGINES`, or ``tiles``.

    Raises
    ------
    UsageError
        If there is no such engine.
    """
    classes = ENGINES | {TILES: "Tiles"}
    if name not in classes:
        near = did_you_mean(name, ("auto", *ENGINES))
        raise UsageError(
            f"there is no engine {name!r}{near}; choose auto or one of {', '.join(ENGINES)}"
        )
    home = import_module(f".{HOMES.get(name, name)}.engine", __package__)
    kind: type[Engine] = getattr(home, classes[name])
    return kind


def resolve_engine(
    engine: str | Engine, recipe: Recipe | None = None, problem: Problem | None = None
) -> Engine:
    """Turn a name into an engine with its defaults; ``auto`` into the fastest that runs here.

    Parameters
    ----------
    engine : str or Engine
        ``auto``, one of `ENGINES`, or an engine with its options.
    recipe, problem : optional
        What ``auto`` must be able to compute.

    Returns
    -------
    Engine

    Raises
    ------
    UsageError
        If there is no such engine, it is no engine at all, or it cannot run here.

    Examples
    --------
    >>> resolve_engine("cpu")
    CPU(threads=None, exact=False, bands=None, scratch=None)
    >>> resolve_engine(resolve_engine("reference")).dtype
    'float32'
    """
    if isinstance(engine, str):
        is_open = engine == "auto"
        engine = fastest_engine(recipe, problem) if is_open else engine_class(engine)()
    if not isinstance(engine, Engine):
        raise UsageError(
            f"engine is {engine!r}; expected a name such as 'cpu', or an engine with its options "
            "such as backpaint.CPU(threads=4)"
        )
    engine.require_usable()
    return engine


def engine_name(name: str, dtype: DTypeName = "float32") -> str:
    """Turn ``auto`` into the name of an engine that has a precision.

    Parameters
    ----------
    name : str
        ``auto`` or one of `ENGINES`.
    dtype : {"float32", "float64"}
        Of the network; ``auto`` takes float64 from the reference.

    Raises
    ------
    UsageError
        If there is no such engine, or it does not have that precision.

    Examples
    --------
    >>> engine_name("auto", "float64"), engine_name("cpu")
    ('reference', 'cpu')
    """
    if name == "auto":
        return "reference" if dtype == "float64" else fastest_engine().name
    if engine_class(name).for_check(dtype) is None:
        raise UsageError(f"the engine {name} computes in float32; for {dtype} choose reference")
    return name


def fastest_engine(recipe: Recipe | None = None, problem: Problem | None = None) -> Engine:
    """Choose the fastest engine that runs here, with its defaults.

    Parameters
    ----------
    recipe, problem : optional
        What it must be able to compute.
    """
    usable = filter(is_usable, (engine_class(name)() for name in ENGINES))
    if recipe is None:
        return next(usable)
    return next(engine for engine in usable if engine.refusal(recipe, problem) is None)


def usable_engines() -> tuple[str, ...]:
    """List the engines that can run here: all, or all but ``gpu``."""
    return tuple(name for name in ENGINES if is_usable(engine_class(name)()))


def is_usable(engine: Engine) -> bool:
    """Whether an engine can run here; without CuPy the answer comes at once."""
    try:
        engine.require_usable()
    except UsageError:
        return False
    return True
