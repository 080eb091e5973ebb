"""What a run leaves behind of its evaluations: a log, and a plot of the losses."""
