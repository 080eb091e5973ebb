"""What is checked: the operations, their sizes, and how far off a number may be."""
