"""The convolution on tensor cores: tiles, filters, launches, and the choice of a kernel."""
