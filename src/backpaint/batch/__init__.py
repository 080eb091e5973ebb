"""Many pictures: every content in every style, each once, whatever happens on the way.

Reading order: `pictures` (what is given), `order` (one picture, and its digest), `plan` (what is to
be done), `child` (a process that paints), `children` (several of them), `elsewhere` (a picture on
another machine), `workers` (several of these), `course` (from plan to report), `api` (from Python).
"""

from .api import paint_batch
from .course import Report

__all__ = ["Report", "paint_batch"]
"""See `backpaint.paint_batch`."""
