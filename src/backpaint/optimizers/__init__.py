"""The ways to go downhill."""
