"""The content and style losses, and the targets that they compare with."""
