"""The systems that backpaint reproduces, one TOML file each."""

from .load import load_preset, preset_names, with_changes

__all__ = ["load_preset", "preset_names", "with_changes"]
