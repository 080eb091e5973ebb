"""Operations explained on tiny inputs, with every number shown."""

from collections.abc import Callable

from ..errors import UsageError, did_you_mean
from . import chain, conv, gram, losses, pooling, relu
from .blocks import Explanation
from .difference import Index
from .render import html, text

__all__ = ["EXPLANATIONS", "explain", "html", "text"]

EXPLANATIONS: dict[str, Callable[[Index | None], Explanation]] = {
    "conv": conv.explain,
    "relu": relu.explain,
    "max_pool": pooling.explain_max,
    "average_pool": pooling.explain_average,
    "gram": gram.explain_gram,
    "content_loss": losses.explain_content_loss,
    "style_loss": gram.explain_style_loss,
    "tv": losses.explain_variation,
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
