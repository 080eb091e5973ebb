"""The systems that backpaint reproduces, one TOML file each."""
