"""One picture on several processes or machines: tiles, computed by workers, added up here.

Reading order: `work` (what a worker computes of a tile), `crew` (who computes: this process),
`dask_crew` (or workers of Dask), `address` (where these may be), `connection` (the way there),
`wanted` (whether anybody still waits for them), `objective` (an evaluation in two passes over the
tiles), `engine` (the engine `tiles`).
"""

from .crews import close_crews
from .engine import Tiles

__all__ = ["Tiles", "close_crews"]
