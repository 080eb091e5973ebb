"""The CuPy engine. Its rooms are not built yet; `backpaint.reference` is the engine today."""
