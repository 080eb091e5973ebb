"""Neural style transfer with every gradient written by hand.

>>> import backpaint
>>> painting = backpaint.paint("photo.jpg", "style.jpg")       # doctest: +SKIP
>>> painting.save("painting.png")                               # doctest: +SKIP
>>> f = backpaint.objective("photo.jpg", "style.jpg", size=128) # doctest: +SKIP
>>> loss, grad = f(f.initial())                                 # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import objective, paint, resume
    from .batch import paint_batch
    from .cluster import Tiles
    from .cpu.engine import CPU
    from .errors import BackpaintError, RunError, UsageError
    from .film import Film
    from .gpu.engine import GPU
    from .masks import Masks
    from .one_pass import Stylization, stylize
    from .painted_video import paint_video
    from .painting.control import Control
    from .painting.painting import Painting
    from .presets import load_preset, preset_names, recipe
    from .reference.engine import Reference
    from .views import gradient_maps, look, look_at_edges, look_at_filters
    from .weights import load_weights

__version__ = "0.1.0"

__all__ = [
    "CPU",
    "GPU",
    "BackpaintError",
    "Control",
    "Film",
    "Masks",
    "Painting",
    "Reference",
    "RunError",
    "Stylization",
    "Tiles",
    "UsageError",
    "gradient_maps",
    "load_preset",
    "load_weights",
    "look",
    "look_at_edges",
    "look_at_filters",
    "objective",
    "paint",
    "paint_batch",
    "paint_video",
    "preset_names",
    "recipe",
    "resume",
    "stylize",
]

_HOMES = {
    "objective": "api",
    "paint": "api",
    "paint_batch": "batch",
    "paint_video": "painted_video",
    "resume": "api",
    "CPU": "cpu.engine",
    "GPU": "gpu.engine",
    "Reference": "reference.engine",
    "Tiles": "cluster",
    "Stylization": "one_pass",
    "BackpaintError": "errors",
    "RunError": "errors",
    "UsageError": "errors",
    "Control": "painting.control",
    "Film": "film",
    "Masks": "masks",
    "Painting": "painting.painting",
    "load_preset": "presets",
    "preset_names": "presets",
    "recipe": "presets",
    "stylize": "one_pass",
    "load_weights": "weights",
    "gradient_maps": "views",
    "look": "views",
    "look_at_edges": "views",
    "look_at_filters": "views",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``--help`` need not wait."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'backpaint' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    """List what there is to use, for TAB; the rest of the module's own names is in ``__dict__``."""
    return sorted([*__all__, "__version__"])
