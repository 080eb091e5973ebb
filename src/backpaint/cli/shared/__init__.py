"""What several commands have in common: options, outputs, the run, what is said of it."""
