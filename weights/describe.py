"""Everything worth knowing about a network's weights: what ``backpaint weights info`` prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..vgg_weights import Normalization, VGGWeights

if TYPE_CHECKING:
    from .identity.resemblance import Resemblance

EMBEDDED = "part of backpaint"


@dataclass(frozen=True)
class WeightsSummary:
    """The truth about a file, or about an embedded network.

    Attributes
    ----------
    origin, format, precision, sha256 : str
        As in `VGGWeights`.
    architecture : str
        ``"VGG-19"``.
    layers : tuple of str
        The layers that can be run, in order.
    has_head : bool
        Whether ``fc6``, ``fc7`` and ``fc8`` are there.
    classes : int
        How many class names the file carries.
    normalization : Normalization
        Family, channel order, scale, mean and standard deviation.
    parameters : int
        How many numbers there are.
    resembles : str
        What the first layers' numbers say, independent of the file's format.
    differences : mapping of str to float
        Of the first layers from the embedded network that they resemble, relative root mean
        square; empty where they resemble none.
    published : str
        Which published file it is and how certain that is, told by its hash where its path was
        given.
    left_out : tuple of str
        As in `VGGWeights`.
    attribution : str
        Authors and license of the embedded networks; else empty.
    weight_errors, activation_errors : mapping of str to float
        Of the embedded networks: relative root-mean-square error against full precision, by
        ``conv`` and ``relu`` layer, for the layers whose full precision was at hand.
    """

    origin: str
    format: str
    architecture: str
    layers: tuple[str, ...]
    has_head: bool
    classes: int
    normalization: Normalization
    precision: str
    sha256: str
    parameters: int
    resembles: str
    differences: Mapping[str, float]
    published: str
    left_out: tuple[str, ...] = ()
    attribution: str = ""
    weight_errors: Mapping[str, float] = field(default_factory=dict)
    activation_errors: Mapping[str, float] = field(default_factory=dict)


def describe(weights: VGGWeights, path: Path | None = None) -> WeightsSummary:
    """Summarize weights.

    Parameters
    ----------
    weights : VGGWeights
        From `load_weights`.
    path : Path, optional
        The file they come from, to be compared with the published ones.

    Returns
    -------
    WeightsSummary
        Plain values, ready to be printed.
    """
    from .assembly import embedded  # late: h5py would slow `--help` down
    from .identity.resemblance import differences, resemblance

    found = resemblance(weights.filters["conv1_1"])
    is_embedded = weights.format == "embedded"
    return WeightsSummary(
        origin=weights.origin,
        format=weights.format,
        architecture=f"VGG-{weights.depth}",
        layers=tuple(layer.name for layer in weights.layers),
        has_head=weights.has_head,
        classes=len(weights.classes),
        normalization=weights.normalization,
        precision=weights.precision,
        sha256=weights.sha256,
        parameters=weights.parameters,
        resembles=_resembles(weights, found),
        differences={} if found is None else differences(weights.filters, found),
        published=EMBEDDED if is_embedded else _published(path, weights.sha256),
        left_out=weights.left_out,
        attribution=embedded.ATTRIBUTION if is_embedded else "",
        weight_errors=embedded.weight_errors(weights.depth) if is_embedded else {},
        activation_errors=embedded.activation_errors(weights.depth) if is_embedded else {},
    )


def _resembles(weights: VGGWeights, found: "Resemblance | None") -> str:
    """Put into words what the first layer is, and warn where the file's format says otherwise."""
    from .identity.contradiction import contradiction

    if found is None:
        return "no Oxford network: trained by others"
    text = (
        f"Oxford's VGG-{found.depth}, channels {found.order.upper()}, filters {found.arrangement}, "
        f"{_how_close(found)}"
    )
    wrong = contradiction(weights.filters, weights.biases, weights.normalization)
    return text if wrong is None else f"{text}; but {wrong}"


def _published(path: Path | None, sha256: str) -> str:
    from .registry import describe_match

    return "unknown, without its file" if path is None else describe_match(path, sha256)


def _how_close(found: "Resemblance") -> str:
    if found.permuted:
        return "in another order"
    if found.difference == 0:
        return "the numbers of the embedded network"
    if found.is_same:
        return "the same numbers up to rounding"
    if found.correlation > 0.9999:
        return "the same numbers, filters scaled"
    return f"trained further (correlation {found.correlation:.4f})"
