"""The functions that workers compute, each of one tile, and what a worker keeps between them.

A worker gets a `TileSpec`, a few kilobytes, and makes network and filters of it: the weights are
loaded by their name and must have the SHA-256 that the spec tells.  All of this is a cache.  A
network's maps stay after `tile_sums`, so that `tile_gradient` need not run forward again; if they
are gone, or another worker is asked, it does, to the same bits.  They go with the content's
features, which live here as long as somebody paints with them: so nobody has to say when.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any
from weakref import WeakValueDictionary, ref

import numpy as np

from .. import __version__
from ..cpu.bands.tile import Tile, TileNetwork
from ..cpu.convolution.convolutions import Convolutions
from ..cpu.convolution.tiles import interior
from ..cpu.network.features import FeatureGradient
from ..cpu.terms.banded_terms import Answer, Question
from ..cpu.terms.look import Look
from ..cpu.threads.team import Team
from ..cpu.threads.workspace import Float32
from ..engine.free_memory import available_bytes
from ..errors import UsageError
from ..problem.recipe import NetworkOptions
from ..problem.stages import Stage
from ..reference.squared_error import sum_of_squares
from ..vgg import Layer
from ..vgg_weights import VGGWeights
from ..weights import load_weights
from .wanted import this_worker

VERSIONS = f"backpaint {__version__} with NumPy {np.__version__}"
"""What must be the same wherever tiles of one picture are computed."""


class Features(dict[str, Float32]):
    """The content's features by layer; unlike those of a plain dict, their end can be seen."""


@dataclass(frozen=True)
class NetworkSpec:
    """A network in a few words, from which any worker can make it.

    Attributes
    ----------
    weights, sha256 : str
        A name that `load_weights` takes, and what must be found there.
    trusted : bool
        As for `load_weights`.
    options : NetworkOptions
    depth : int
        Number of layers.
    exact : bool
        As for `CPUObjective`.
    threads : int or None
    versions : str
        `VERSIONS` of who asks.
    """

    weights: str
    sha256: str
    trusted: bool
    options: NetworkOptions
    depth: int
    exact: bool
    threads: int | None
    versions: str = VERSIONS


@dataclass(frozen=True, eq=False)
class TileSpec:
    """A tile, and what is to be computed there.

    Attributes
    ----------
    network : NetworkSpec
    owner : str
        Names the picture; networks of another one's tiles are dropped.
    number : int
        Which of its tiles.
    tile : Tile
    questions : mapping of str to Question
        By layer.
    neighbors : int
        How many workers share a machine's memory.
    """

    network: NetworkSpec
    owner: str
    number: int
    tile: Tile
    questions: Mapping[str, Question]
    neighbors: int


@dataclass(eq=False)
class _Held:
    """A tile's network, of which evaluation its maps are, and with what they go."""

    network: TileNetwork
    evaluation: str | None = None
    life: Any = None


_Key = tuple[NetworkSpec, str, int]
_turn = threading.Lock()
"""Tasks of one process take turns: each has the whole team."""
_held: dict[_Key, _Held] = {}
"""The longest not used first."""
_loaded: WeakValueDictionary[str, VGGWeights] = WeakValueDictionary()


def know_weights(weights: VGGWeights) -> None:
    """Let this process find weights by their SHA-256, as long as somebody else has them."""
    _loaded[weights.sha256] = weights


def forget() -> None:
    """Drop all that this process keeps between tasks; it is made again when it is needed."""
    with _turn:
        _held.clear()
        _core.cache_clear()


def kept(value: Any, *beside: Any) -> Any:
    """Return a value: it stays with a worker that has what it will be used beside."""
    return value


def content_features(spec: TileSpec, window: Float32 | None) -> Features:
    """Compute the content's features at a tile's own rows of the layers where they are compared.

    Parameters
    ----------
    spec : TileSpec
    window : (h, W, 3) ndarray of float32, or None
        The content as the network sees it; None: nothing is compared with it.
    """
    layers = [name for name, question in spec.questions.items() if question.is_content]
    found = Features()
    if window is None or not layers:
        return found

    def keep(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
        found[layer] = interior(framed, rows.stop, stage.size_of(layer)[1]).copy()

    with _at_work(spec, found) as (held, _):
        held.evaluation = None
        held.network.forward(window, keep, layers)
    return found


def content_squares(targets: Features) -> dict[str, float]:
    """Compute the sum of squares of each layer's features, as `content_features` gave them."""
    return {layer: sum_of_squares(features) for layer, features in targets.items()}


def tile_sums(
    spec: TileSpec, evaluation: str, window: Float32, targets: Features
) -> dict[str, Answer]:
    """Compute what terms ask of a tile's own rows.

    Parameters
    ----------
    spec : TileSpec
    evaluation : str
        Names the picture that the window is of.
    window : (h, W, 3) ndarray of float32
        The picture as the network sees it.
    targets : dict of str to ndarray of float32
        As `content_features` gave them.
    """
    answers: dict[str, Answer] = {}
    with _at_work(spec, targets) as (held, team):

        def ask(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
            look = Look(team, held.network.work, framed, (rows.stop, stage.size_of(layer)[1]), None)
            answers[layer] = spec.questions[layer].answer(look, targets.get(layer))

        held.evaluation = None
        held.network.forward(window, ask)
        held.evaluation = evaluation
    return answers


def tile_gradient(
    spec: TileSpec,
    evaluation: str,
    window: Float32,
    targets: Features,
    gradients: Mapping[str, FeatureGradient],
) -> Float32:
    """Carry the gradient at a tile's own rows back to its window.

    Parameters
    ----------
    spec, evaluation, window, targets
        As for `tile_sums`.
    gradients : mapping of str to FeatureGradient
        What follows from the sums of all tiles, without the targets.

    Returns
    -------
    (h, W, 3) ndarray of float32
        Gradient with respect to what the network sees.
    """
    own = {name: replace(given, target=targets.get(name)) for name, given in gradients.items()}
    with _at_work(spec, targets) as (held, _):
        if held.evaluation != evaluation:
            held.network.forward(window, lambda *_: None)
        held.evaluation = None  # the way back writes over the maps
        return held.network.backward(window, own)


def first_non_finite(spec: TileSpec, window: Float32) -> str | None:
    """Return the first convolution of a tile whose output is not finite; None if all are."""
    with _at_work(spec, window) as (held, _):
        held.evaluation = None
        return held.network.first_non_finite(window)


@contextmanager
def _at_work(spec: TileSpec, life: Features | Float32) -> Iterator[tuple[_Held, Team]]:
    """Hold this process's team, with the network of a tile, which goes when `life` does."""
    with _turn:
        team, layers, convolutions = _core(spec.network)
        with team.at_work(), np.errstate(over="ignore", invalid="ignore"):
            yield _network_of(spec, life, team, layers, convolutions), team


def _network_of(
    spec: TileSpec, life: Any, team: Team, layers: tuple[Layer, ...], convolutions: Convolutions
) -> _Held:
    """Find the network of a tile, or make it; others give way where memory is short."""
    key = (spec.network, spec.owner, spec.number)
    held = _held.pop(key, None)
    if held is None:
        if any(other[:2] != key[:2] for other in [*_held]):
            _held.clear()
        held = _Held(TileNetwork(spec.tile, layers, convolutions, spec.network.options, team))
        for other in [*_held]:
            if _is_room(held.network.nbytes, spec.neighbors):
                break
            _held.pop(other, None)
    held.life = ref(life, partial(_drop, key))  # of a former life nothing is heard any more
    _held[key] = held
    return held


def _drop(key: _Key, life: Any) -> None:
    """Drop a network whose life has ended; called from any thread, whoever has the turn."""
    held = _held.get(key)
    if held is not None and held.life is life:
        _held.pop(key, None)


def _is_room(nbytes: int, neighbors: int) -> bool:
    """Whether all on a machine could take so much at once, and as much is left then."""
    free = available_bytes()
    return free is None or free >= (neighbors + 1) * nbytes


@lru_cache(maxsize=1)
def _core(spec: NetworkSpec) -> tuple[Team, tuple[Layer, ...], Convolutions]:
    """Make what all tiles share."""
    require_same_versions(spec.versions)
    weights = weights_of(spec.weights, spec.sha256, trusted=spec.trusted)
    layers, team = weights.layers[: spec.depth], Team(spec.threads)
    with team.at_work():
        return team, layers, Convolutions(layers, weights, spec.options, exact=spec.exact)


def require_same_versions(asking: str) -> None:
    """Raise UsageError if who asks has other `VERSIONS` than this process."""
    if asking != VERSIONS:
        raise UsageError(
            f"{this_worker()} has {VERSIONS}, and {asking} asks it; install the same on all "
            "machines"
        )


def weights_of(name: str, sha256: str, *, trusted: bool) -> VGGWeights:
    """Load weights by their name, and compare them with their SHA-256.

    Raises
    ------
    UsageError
        If there are others, or none.
    """
    weights = _loaded.get(sha256)
    if weights is None:
        weights = load_weights(name, trust=trusted)
    if weights.sha256 != sha256:
        raise UsageError(
            f"{this_worker()} found weights of SHA-256 {weights.sha256} under {name!r}, expected "
            f"{sha256}; give all workers the same file under the same path, or use vgg16 or vgg19"
        )
    return weights
