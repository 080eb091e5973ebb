"""Files as rows of parts, and the changes that any such file can take.

A format cuts a file into parts and joins them again, with the lengths and checksums that it has, so
that a change reaches the code behind them.
"""

from dataclasses import dataclass, replace

WORDS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000)
WORDS += (0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
"""Numbers at which fields of 1 to 8 bytes begin to mean something else."""

WHOLE = 1 << 20
"""Bytes up to which a part may grow by being repeated."""


@dataclass(frozen=True)
class Part:
    """A chunk, segment, box or entry.

    Attributes
    ----------
    tag : bytes
        Its name, as the format has it.
    content : bytes
        Without name, length and checksum.
    inside : tuple of Part or None
        What it consists of behind `content`, where it holds others.
    """

    tag: bytes
    content: bytes = b""
    inside: "tuple[Part, ...] | None" = None


def changed(parts, chance, order=">"):
    """Change a row of parts, or what is inside of one of them.

    Parameters
    ----------
    parts : tuple of Part
    chance : random.Random
    order : str
        ``">"`` or ``"<"``: which byte of a number comes first.

    Returns
    -------
    tuple of Part
    """
    if not parts:
        return parts
    at = chance.randrange(len(parts))
    part = parts[at]
    if part.inside is not None and chance.random() < 0.8:
        return _with(parts, at, replace(part, inside=changed(part.inside, chance, order)))
    kind = chance.randrange(12)
    other = chance.randrange(len(parts))
    if kind == 0:
        return parts[:at] + parts[at + 1 :]
    if kind == 1:
        return (*parts[:other], part, *parts[other:])
    if kind == 2:
        return _with(_with(parts, at, parts[other]), other, part)
    if kind == 3:
        return _with(parts, at, replace(part, content=parts[other].content))
    if kind == 4:
        return _with(parts, at, replace(part, tag=parts[other].tag))
    return _with(parts, at, replace(part, content=changed_bytes(part.content, chance, order)))


def _with(parts, at, part):
    return (*parts[:at], part, *parts[at + 1 :])


def replaced(parts, tag, content=None, inside=None):
    """Give every part of some name another content, or others inside."""
    return tuple(
        replace(
            part,
            content=part.content if content is None else content,
            inside=part.inside if inside is None else inside,
        )
        if part.tag == tag
        else replace(part, inside=replaced(part.inside, tag, content, inside))
        if part.inside
        else part
        for part in parts
    )


def found(parts, tag):
    """Return the first part of some name, wherever it lies; None if there is none."""
    for part in parts:
        inner = part if part.tag == tag else found(part.inside or (), tag)
        if inner is not None:
            return inner
    return None


def changed_bytes(content, chance, order=">"):
    """Change a field, cut bytes out or off, or repeat them."""
    data = bytearray(content)
    if not data:
        return bytes(chance.randrange(9))
    at = chance.randrange(min(len(data), chance.choice((8, 32, 1 << 30))))
    kind = chance.randrange(9)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[at] = chance.randrange(256)
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        del data[at : at + chance.randrange(1, 64)]
    elif kind == 4:
        data[at:at] = data[at : at + chance.randrange(1, 64)]
    elif kind == 5 and len(data) < WHOLE:
        data *= chance.choice((2, 16))
    else:
        data = _field(data, at, chance, order)
    return bytes(data)


def _field(data, at, chance, order):
    """Write a number where one may be, or change the one that is there by a little."""
    size = chance.choice((1, 2, 2, 4, 4, 8))
    at -= at % chance.choice((1, min(size, 4)))
    name = "big" if order == ">" else "little"
    old = int.from_bytes(data[at : at + size], name)
    new = chance.choice((*WORDS, len(data), old + 1, old - 1, old * 2, old // 2))
    data[at : at + size] = (new % (1 << 8 * size)).to_bytes(size, name)
    return data
