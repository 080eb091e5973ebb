"""Painting in one pass: the arbitrary stylization of Ghiasi and others, its mobile network.

Two networks.  The predictor reads a style into 100 numbers (`architecture.predictor`); the
transformer paints a content with them (`architecture.transformer`).  Both are rows of stages, each
with its backward below its forward (`stages.py`, `style_norm.py`), all on the operations of
`backpaint.reference`.  The engine `cpu` computes the same faster (`backpaint.cpu.stylization`).
"""
