"""Parts that several commands have in common: options, outputs, the run and its reports."""
