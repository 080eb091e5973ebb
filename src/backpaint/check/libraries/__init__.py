"""Autograd of other libraries as a judge: PyTorch, JAX, TensorFlow, whatever is installed."""
