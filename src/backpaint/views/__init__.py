"""Pictures of what the network sees and of what the gradient wants.

`features` (the channels of a layer), `filters` (what makes a channel answer), `edges` (what total
variation sees), `gradients` (which pixels each term of a loss would change).  They draw with
`sheet` and `colors`.
"""

from .edges import Edges, look_at_edges
from .features import FeatureMaps, look
from .filters import Filters, look_at_filters
from .gradients import GradientMaps, gradient_maps

__all__ = [
    "Edges",
    "FeatureMaps",
    "Filters",
    "GradientMaps",
    "gradient_maps",
    "look",
    "look_at_edges",
    "look_at_filters",
]
