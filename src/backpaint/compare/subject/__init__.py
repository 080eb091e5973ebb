"""Competitors, problem and results of a comparison: the ground of this room."""
