"""What kernels do to each place by itself, and what they note of it for the way back."""
