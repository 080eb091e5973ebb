"""Runs on disk: what is kept of one, how it is written and read, and how it goes on.

Reading order: `array_file` (bytes), `contents` (what they mean), `machine` (what could change the
bits of a run), `keeper` (when to write), `going_on` (from a file to a run), `describe` (for a
person).
"""

from .array_file import is_checkpoint
from .describe import describe_checkpoint
from .going_on import GoingOn, go_on
from .keeper import EVERY, FileKeeper, require_keepable

__all__ = [
    "EVERY",
    "FileKeeper",
    "GoingOn",
    "describe_checkpoint",
    "go_on",
    "is_checkpoint",
    "require_keepable",
]
