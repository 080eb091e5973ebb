"""Flows between frames: by libraries or from files, and how far they are to be trusted."""
