"""Convolutions by Winograd's algorithm or by direct products, with their filters prepared."""
