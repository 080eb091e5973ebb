"""The contract of every engine: an `Objective`, its first picture, and the plan of its memory.

The choice of an engine is made by `backpaint.engines`, which alone imports them.
"""
