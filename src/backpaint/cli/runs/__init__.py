"""Bodies of the commands that are long, one file each."""
