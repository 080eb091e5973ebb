"""HDF5 with a guard: nothing outside of the file itself is ever opened, and nothing is endless.

h5py silently follows external links, external storage and virtual datasets into other files
(CVE-2026-1669 is Keras doing so).  Here an object is reached by hard links alone (`objects.py`),
and a dataset must hold its own bytes, all of them, packed by a filter that every HDF5 has
(`arrays.py`).  The library crashes on some files, so all of this runs in a child process: `offered`
is what its functions return.
"""

from .arrays import stored_array
from .objects import child, entries, text, texts
from .offered import LIMITS, offered

__all__ = ["LIMITS", "child", "entries", "offered", "stored_array", "text", "texts"]
