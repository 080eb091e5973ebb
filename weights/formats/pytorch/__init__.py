"""PyTorch's files, without PyTorch and without running what they hold."""
