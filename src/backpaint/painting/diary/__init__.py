"""The log of a run's evaluations, the plot of its losses, and its progress line."""
