"""Operations explained on tiny inputs, with every number shown."""

from collections.abc import Callable

from ..errors import UsageError, did_you_mean
from . import chain, conv, distributions, gram, losses, penalties, places, pooling, relu
from .blocks import Explanation
from .difference import Index
from .render import html, text

__all__ = ["EXPLANATIONS", "explain", "html", "text"]

EXPLANATIONS: dict[str, Callable[[Index | None], Explanation]] = {
    "conv": conv.explain,
    "relu": relu.explain,
    "max_pool": pooling.explain_max,
    "average_pool": pooling.explain_average,
    "edge_pad": places.explain_edge_pad,
    "gram": gram.explain_gram,
    "content_loss": losses.explain_content_loss,
    "style_loss": gram.explain_style_loss,
    "region": places.explain_region,
    "covariance": distributions.explain_covariance,
    "wasserstein": distributions.explain_wasserstein,
    "histogram": distributions.explain_histogram,
    "tv": losses.explain_variation,
    "laplacian": penalties.explain_laplacian,
    "range": penalties.explain_range,
    "temporal_loss": places.explain_temporal_loss,
    "chain": chain.explain,
}
"""By the name on the command line, in the order in which to read them."""


def explain(name: str, entry: Index | None = None) -> Explanation:
    """Explain an operation.

    Parameters
    ----------
    name : str
        One of `EXPLANATIONS`.
    entry : tuple of int, optional
        The entry of the input whose gradient is written out.

    Raises
    ------
    UsageError
        If there is no such operation or no such entry.
    """
    if name not in EXPLANATIONS:
        near = did_you_mean(name, EXPLANATIONS)
        raise UsageError(f"cannot explain {name!r}{near}; choose one of {', '.join(EXPLANATIONS)}")
    return EXPLANATIONS[name](entry)
