"""Parsers that may crash, in a process of their own.

Nothing is imported here: the child would wait for NumPy, which most of it does not need.
"""
