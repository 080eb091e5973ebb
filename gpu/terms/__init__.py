"""The content, style and variation losses, and the targets of the first two."""
