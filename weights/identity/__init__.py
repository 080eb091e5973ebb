"""Whose network it is, told from its numbers, and whether they contradict what the file promises.

`resemblance.py` compares first layers with Oxford's in every arrangement of `arrangements.py`,
`known_layers.py` all layers of a network that begins as Oxford's; `contradiction.py` asks both.
"""
