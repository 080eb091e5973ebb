"""Clips: read frame by frame, painted so that frames agree, and written as a film."""
