"""A descent as a film: its first picture to its last, in a few seconds, however long it took.

Reading order: `film` (what is wanted), `spacing` (which iterations become frames), `reel` (frames
on their way), `curve` (the loss below them), `recorder` (a run's listener), `encoders` (files).
"""

from .film import Film

__all__ = ["Film"]
