"""What every engine offers: an `Objective`, where it starts, and how its memory is planned.

Which engines there are is a question for `backpaint.engines`, which alone imports them.
"""
