"""Objects that the given options ask for: an engine, weights, a start, a film, changed keys."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from ...engine.engine import Engine
    from ...film import Film

STARTS = ("preset", "content", "noise")
"""What needs no file to be looked at, as a start of a descent."""

OWNERS = {"profile": "cpu", "optimizer_on": "gpu"}
"""Options of a run that one engine alone can serve; those of the engines are their own fields."""


def chosen_engine(options: dict[str, Any]) -> "Engine":
    """Build the engine that a command's options ask for; what the command lacks, it has by itself.

    Raises
    ------
    UsageError
        If there is no such engine here, or an option was given that only another one has.
    """
    from dataclasses import fields

    from ...engines import TILES, engine_class, engine_name

    is_shared = options.get("workers") is not None and options["engine"] == "auto"
    name = engine_name(TILES if is_shared else options["engine"], options["dtype"])
    kind = engine_class(name)
    refuse_options_of_others(name)
    names = [field.name for field in fields(kind)]
    engine = kind(**{name: options[name] for name in names if options.get(name) is not None})
    engine.require_usable()
    return engine


def asked_engine(options: dict[str, Any]) -> "Engine | str":
    """Build the engine as `chosen_engine`; ``auto`` where no option asks for anything of one."""
    if options["engine"] == "auto" and not option_owners().keys() & {*given_options()}:
        return "auto"
    return chosen_engine(options)


def refuse_options_of_others(engine: str) -> None:
    """Raise UsageError if an option was given that only an engine has that does not run."""
    from ...errors import UsageError

    owners = option_owners()
    for option in given_options():
        having = owners.get(option, (engine,))
        if engine not in having and option != "dtype":  # `engine_name` has looked at that one
            raise UsageError(
                f"--{option.replace('_', '-')} is of the engine {having[0]}, but this run has "
                f"{engine}; leave it out or add --engine {having[0]}"
            )


def option_owners() -> dict[str, tuple[str, ...]]:
    """Return which engines have an option: the fields of their values, and `OWNERS`.

    Examples
    --------
    >>> option_owners()["threads"], option_owners()["dtype"]
    (('cpu', 'tiles'), ('gpu', 'reference'))
    """
    from dataclasses import fields

    from ...engines import ENGINES, TILES, engine_class

    owners: dict[str, tuple[str, ...]] = {option: (owner,) for option, owner in OWNERS.items()}
    for engine in (*ENGINES, TILES):
        for field in fields(engine_class(engine)):
            owners[field.name] = (*owners.get(field.name, ()), engine)
    return owners


def given_options() -> list[str]:
    """List the options that stand on the command line, in the command's order."""
    context = click.get_current_context()
    return [
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]


def start_picture(option: str, value: str, *others: str) -> str | None:
    """Find the picture's file where an option names one, and not a kind of start.

    Parameters
    ----------
    option, value : str
    *others : str
        Kinds of start besides `STARTS`.

    Raises
    ------
    UsageError
        If it is neither.
    """
    from ...errors import UsageError, did_you_mean
    from ...images.source import is_standard_input
    from ...regular_file import is_there

    starts = (*STARTS, *others)
    if value in starts:
        return None
    if not is_standard_input(value) and not is_there(value):
        raise UsageError(
            f"{option} is {value!r}{did_you_mean(value, starts)}, and there is no such file; "
            f"expected {', '.join(starts[1:])} or a picture"
        )
    return value


def chosen_weights(weights: str | None, trust: bool) -> Any:
    """Load weights that are trusted; leave the others a name, to be loaded where they are used."""
    if weights is None or not trust:
        return weights
    from ...weights import load_weights

    return load_weights(weights, trust=True)


def chosen_film(options: dict[str, Any]) -> "Film | None":
    """Make the order for a film from a command's options.

    Raises
    ------
    UsageError
        If a film is described that is not wanted.
    """
    from ...errors import UsageError
    from ...film import Film

    names = {"film_seconds": "seconds", "film_size": "size", "film_curve": "curve"}
    told = {names[option]: options[option] for option in given_options() if option in names}
    if options.get("film_path") is not None:
        return Film(options["film_path"], **told)
    if told:
        raise UsageError(
            f"--film-{next(iter(told))} came without --film; name a file with it, such as run.webp"
        )
    return None


def parse_changes(changes: tuple[str, ...]) -> dict[str, Any]:
    """Turn ``KEY=VALUE`` texts into values: TOML where it is TOML, ``off``, else plain text.

    Raises
    ------
    click.BadParameter
        If there is no ``=``.

    Examples
    --------
    >>> parse_changes(("style.weight=1e4", "network.pool=max", "total_variation=off"))
    {'style.weight': 10000.0, 'network.pool': 'max', 'total_variation': None}
    """
    import tomllib

    parsed: dict[str, Any] = {}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise click.BadParameter(
                f"found {change!r}, expected KEY=VALUE such as network.pool=max",
                param_hint="--set",
            )
        key = key.strip()
        try:
            parsed[key] = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):  # not TOML, or a number of 5000 digits
            parsed[key] = _plain(text.strip())
        if key.endswith("divisor") and isinstance(parsed[key], int):
            parsed[key] = str(parsed[key])  # "2" is a name there, as "C M" is
    return parsed


def _plain(text: str) -> float | str | None:
    """Read what TOML does not: ``off``, numbers like ``.5``, words without quotes."""
    if text == "off":
        return None
    try:
        return float(text)
    except ValueError:
        return text
