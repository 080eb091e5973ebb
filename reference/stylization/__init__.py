"""The operations of a network that paints in one pass, beyond those of VGG."""
