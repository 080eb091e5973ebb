"""The systems that backpaint reproduces, one TOML file each, and recipes made of them."""

from .compose import recipe
from .load import DEFAULT, load_preset, preset_names, preset_text, with_changes

__all__ = ["DEFAULT", "load_preset", "preset_names", "preset_text", "recipe", "with_changes"]
