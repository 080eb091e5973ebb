"""The pictures that come with backpaint."""
