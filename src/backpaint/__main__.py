"""``python -m backpaint`` is the command ``backpaint``."""

from .cli import main

main()
