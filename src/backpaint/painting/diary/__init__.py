"""What a run tells while it goes: the log of evaluations, the plot of losses, the progress line."""
