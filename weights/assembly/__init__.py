"""Checks that turn the arrays of a file into a network.

`stored.py` is what readers hand over.  `layer_names.py` takes names apart, `candidates.py` collects
what is called as a VGG's layers, `head.py` finds the classifier, `find_network.py` decides and
`left_out.py` words the rest.  `assemble.py` requires shapes,
`other_networks.py` names what is no VGG, `embedded.py` unpacks the two networks that come with
backpaint.
"""
