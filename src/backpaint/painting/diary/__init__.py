"""The log of a run's evaluations, and the plot of its losses."""
