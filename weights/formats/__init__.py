"""A reader for each file format; `backpaint.weights.load` imports the one that a file needs."""
