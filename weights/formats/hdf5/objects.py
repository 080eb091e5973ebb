"""Groups and attributes of an HDF5 file, as far as a file of weights needs them."""

import h5py
import numpy as np

from ...assembly.stored import UnsuitableFileError

MOST_ENTRIES = 10_000
"""Links of a group, or names in an attribute."""

_DEEPEST = 32
"""Groups on the way to an array; hard links may lead in circles."""


def child(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | None:
    """Look up one entry of a group, or the entry at a path of them.

    Parameters
    ----------
    group : h5py.Group
        Where to start.
    name : str
        ``"layers"`` or ``"block1_conv1/kernel:0"``.

    Returns
    -------
    h5py.Group or h5py.Dataset or None
        None where there is no such entry.

    Raises
    ------
    UnsuitableFileError
        If any step is a soft or external link, or there are too many.
    """
    found: h5py.Group | h5py.Dataset = group
    parts = name.split("/")
    if len(parts) > _DEEPEST:
        raise UnsuitableFileError(f"names an array {len(parts)} groups deep", f"{_DEEPEST}")
    for part in parts:
        link = found.get(part, getlink=True) if isinstance(found, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise UnsuitableFileError(f"`{name}` is a link to elsewhere", "the array itself")
        found = found[part]
    return found


def entries(group: h5py.Group, most: int = MOST_ENTRIES) -> list[str]:
    """List the names in a group.

    Parameters
    ----------
    group : h5py.Group
        Any.
    most : int
        How many there may be.

    Returns
    -------
    list of str

    Raises
    ------
    UnsuitableFileError
        If there are more.
    """
    if len(group) > most:
        raise UnsuitableFileError(f"`{group.name}` holds {len(group)} objects", f"at most {most}")
    return list(group)


def texts(item: h5py.Group | h5py.Dataset, attribute: str, longest: int = 1000) -> list[str] | None:
    """Read an attribute of names: fixed or variable length, bytes or str, as Keras wrote them.

    Parameters
    ----------
    item : h5py.Group or h5py.Dataset
        What has the attribute.
    attribute : str
        ``"layer_names"``.
    longest : int
        How many letters a name may have.

    Returns
    -------
    list of str or None
        None where there is no such attribute.

    Raises
    ------
    UnsuitableFileError
        If it is no text, or too much, which is told before it is read: the names of variable
        length in a file of a megabyte, all the same one, may have gigabytes.
    """
    if attribute not in item.attrs:
        return None
    stored = item.attrs.get_id(attribute)
    count = stored.get_space().get_simple_extent_npoints()
    if count == 0:  # h5py makes an empty list one of numbers
        return []
    if count > MOST_ENTRIES:
        raise UnsuitableFileError(
            f"lists {count} names as `{attribute}`", f"at most {MOST_ENTRIES}"
        )
    kind = stored.get_type()
    if kind.get_class() != h5py.h5t.STRING:
        raise UnsuitableFileError(f"`{attribute}` of `{item.name}` is {stored.dtype}", "names")
    longest_stored = 0 if kind.is_variable_str() else kind.get_size()
    if longest_stored <= longest:
        values = np.ravel(item.attrs[attribute]).tolist()
        names = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
        longest_stored = max(map(len, names))
    if longest_stored > longest:
        raise UnsuitableFileError(
            f"holds a name of {longest_stored} letters in `{attribute}`", f"at most {longest}"
        )
    return names


def text(item: h5py.Group | h5py.Dataset, attribute: str, longest: int = 1000) -> str | None:
    """Read an attribute of one name; None where there is none."""
    names = texts(item, attribute, longest)
    return names[0] if names and len(names) == 1 else None
