"""From a wanted convolution to a launch: kernels, tiles, filters, and who is fastest."""
