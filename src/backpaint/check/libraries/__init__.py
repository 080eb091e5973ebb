"""Other people's autograd, as a judge: PyTorch, JAX, TensorFlow, whatever is installed."""
