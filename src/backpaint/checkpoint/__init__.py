"""Runs on disk: what is kept of one, how it is written and read, and how it goes on.

Reading order: `array_file` (bytes), `contents` (what they mean), `machine` (what could change the
bits of a run), `keeper` (when to write), `going_on` (from a file to a run), `describe` (for a
person).
"""

from .array_file import is_checkpoint
from .contents import Checkpoint, read_checkpoint
from .describe import describe_checkpoint
from .going_on import GoingOn, continued, go_on
from .keeper import EVERY, FileKeeper, require_keepable, require_path

__all__ = [
    "EVERY",
    "Checkpoint",
    "FileKeeper",
    "GoingOn",
    "continued",
    "describe_checkpoint",
    "go_on",
    "is_checkpoint",
    "read_checkpoint",
    "require_keepable",
    "require_path",
]
