"""VGG and its losses forward and backward in plain NumPy: the engines are held to it."""
