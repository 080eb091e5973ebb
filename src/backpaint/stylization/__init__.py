"""Painting in one pass, whatever computes: styles are mixed, sizes made to fit."""
