"""Painting in one pass, fast: `backpaint.fast` by matrix products over blocks of pixels.

Reading order: `blocks.py` (how filters become matrices), `convolution.py` (a band of rows),
`frames.py` (maps with mirrored borders), `statistics.py` (a norm's mean and deviation, band by
band), `transformer.py` (all steps in a row); `depthwise.py`, `pointwise.py`, `predictor.py`;
`networks.py`.
"""
