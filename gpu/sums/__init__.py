"""Sums over positions in a fixed order: the same bits every time."""
