"""Coarse to fine: which sizes are painted before the last, and what goes from one to the next."""

from .hand_over import enlarged, enlarged_state
from .plan import at_size, coarser_recipes, needs_note

__all__ = ["at_size", "coarser_recipes", "enlarged", "enlarged_state", "needs_note"]
