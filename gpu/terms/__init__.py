"""The losses on top of the network, and the targets that they compare with."""
