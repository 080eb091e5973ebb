"""The course of ``backpaint video``."""
