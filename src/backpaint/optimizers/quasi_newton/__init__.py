"""L-BFGS with a line search on vectors that may lie anywhere: on the host, or on a device.

Reading order: `vectors` (what is asked of a place), `line_search`, `history`, `rounds`, `descent`.
"""
