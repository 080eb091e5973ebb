"""Each competitor in a process of its own: what it does there, and how it is told to."""
