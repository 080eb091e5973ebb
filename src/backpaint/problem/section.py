"""The base of a recipe's tables, and the ranges that their numbers may be in."""

from typing import Annotated

from msgspec import Meta, Struct

LARGEST = 1e300
"""Keeps infinity out of recipes."""
Positive = Annotated[float, Meta(gt=0, le=LARGEST)]
NonNegative = Annotated[float, Meta(ge=0, le=LARGEST)]
Finite = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
Decay = Annotated[float, Meta(ge=0, lt=1)]
Count = Annotated[int, Meta(ge=1)]
Triple = tuple[float, float, float]


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """One table of the TOML file."""
