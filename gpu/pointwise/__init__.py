"""Helpers of operations that treat each place by itself: masks of bits, pooling windows."""
