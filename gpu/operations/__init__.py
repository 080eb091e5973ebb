"""The operations of `backpaint.reference` on a device, under the same names."""
