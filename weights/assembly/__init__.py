"""Checks that turn the arrays of a file into a network.

`layer_names.py` finds the layers, `assemble.py` requires their shapes, `identify.py` judges their
numbers, `other_networks.py` names what is no VGG, `embedded.py` unpacks the two networks that come
with backpaint.
"""
