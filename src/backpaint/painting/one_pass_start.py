"""A start for a descent: a painting in one pass."""

from ..engine.engine import Engine
from ..errors import UsageError
from ..fast.networks import Networks
from ..images import Photograph
from ..problem.pixels import Pixels
from ..stylization.engines import networks_near
from ..stylization.one_pass import paint_in_one_pass, require_paintable
from .prepare import Prepared

FAST = "fast"
"""The name of this start, among those of `backpaint.paint`."""


def one_pass_start(prepared: Prepared, engine: Engine) -> Photograph:
    """Paint the content in one pass, in the size and the styles of a descent.

    Parameters
    ----------
    prepared : Prepared
        What the descent will paint.
    engine : Engine
        What computes the descent; `cpu` stands in for those that do not paint in one pass.

    Raises
    ------
    UsageError
        If there is no content or no style, or the picture is too small.
    """
    networks, content = require_one_pass(prepared, engine)
    problem = prepared.problem
    painted = paint_in_one_pass(networks, content, problem.styles, problem.style_shares)
    return Photograph(painted.pixels, None, FAST)


def require_one_pass(prepared: Prepared, engine: Engine) -> tuple[Networks, Pixels]:
    """Return what paints this start, and what is painted; parameters are those of `one_pass_start`.

    Raises
    ------
    UsageError
        As in `one_pass_start`: all that could be refused is.
    """
    problem = prepared.problem
    if problem.content is None or not problem.styles:
        missing = "content" if problem.content is None else "style"
        raise UsageError(
            f"init is {FAST!r}, but there is no {missing} to paint in one pass; start from noise"
        )
    networks = networks_near(engine)
    require_paintable(networks, problem.content)
    return networks, problem.content
