"""Checks for the terms of a loss."""
