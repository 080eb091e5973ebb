"""VGG and its losses forward and backward in plain NumPy: the truth that the engines are held to."""
