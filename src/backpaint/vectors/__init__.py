"""Test vectors: inputs, outputs and gradients for implementations in any language.

`make_vectors` computes them, `write_vectors` and `read_vectors` keep them in a file.
"""

from .contents import Vectors, make_vectors
from .files import read_vectors, write_vectors

__all__ = ["Vectors", "make_vectors", "read_vectors", "write_vectors"]
