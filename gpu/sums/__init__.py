"""Sums over positions, always in the same order."""
