"""The origin of a network, recognized by its numbers, and contradictions to the file's format.

`resemblance.py` compares first layers with Oxford's in every arrangement of `arrangements.py`,
`known_layers.py` all layers of a network that begins as Oxford's; `contradiction.py` asks both.
"""
