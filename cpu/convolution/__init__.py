"""From filters and a picture to a convolution: Winograd's, or direct products."""
