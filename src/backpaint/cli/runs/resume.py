"""A run that goes on, from the options of ``backpaint resume``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...checkpoint import Checkpoint, GoingOn, continued, read_checkpoint
from ...engines import engine_name
from ...images.source import is_standard_input
from ...optimizers.contract import NOT_ENDED
from ..shared.chosen import (
    chosen_engine,
    chosen_film,
    chosen_weights,
    given_options,
    refuse_options_of_others,
)
from ..shared.execute import execute
from ..shared.outputs import Outputs

ENGINE_NAMES = (
    *("threads", "exact", "bands", "scratch", "precision", "device", "tune", "dtype"),
    "workers",
)
"""Options that are fields of some engine."""


def go_on_with(path: str, options: dict[str, Any]) -> None:
    """Run what a checkpoint holds to its end.

    Parameters
    ----------
    path : str
        Of the checkpoint.
    options : dict
        The values of the command's options.
    """
    written = ("save_every", "log_path", "plot_path", "profile", "quiet", "no_clobber")
    picture = options["output"] or str(Path(path).with_suffix(".png"))
    other = options["checkpoint_path"]
    outputs = Outputs(
        picture,
        **{key: options[key] for key in written},
        checkpoint_path=other,
        film=chosen_film(options),
    )
    weights = options["weights"]
    file = weights if weights is not None and not is_standard_input(weights) else None
    kept = read_checkpoint(path)
    outputs.check(path, file)
    outputs.refuse_originals((kept.facts.content or "", *kept.facts.styles))
    run = opened(path, kept, options)
    every = options["checkpoint_every"] or run.every
    written_on = other if run.is_anew else other or path
    outputs = replace(outputs, checkpoint_path=written_on, checkpoint_every=every)
    why = "" if run.reason == NOT_ENDED else f" ({run.reason})"
    outputs.say(f"going on after iteration {run.iterations}{why}")
    execute(run.session, outputs, start=run.start)


def opened(path: str, kept: Checkpoint, options: dict[str, Any]) -> GoingOn:
    """Make the run, with the engine and the network that the options ask for."""
    given = given_options()
    named = "engine" in given and options["engine"] != "auto"
    if not named:
        if "dtype" in given:
            engine_name(kept.facts.engine, options["dtype"])
        refuse_options_of_others(kept.facts.engine)
    changed = {name: options[name] for name in ENGINE_NAMES if name in given}
    return continued(
        kept,
        path,
        iterations=options["iterations"],
        weights=chosen_weights(options["weights"], options["trust_weights"]),
        engine=chosen_engine(options) if named else None,
        engine_options=changed,
        not_identical=options["not_identical"],
    )
