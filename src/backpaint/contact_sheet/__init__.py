"""Several paintings side by side, over the values of one setting or two."""
