"""Checks for the operations of a network that paints in one pass."""
