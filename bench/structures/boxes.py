"""AVIF, HEIC and MP4: boxes in boxes, with sizes right, and places that move with them.

Source: ISO/IEC 14496-12 (boxes, iloc, iref, stco), 23008-12 (properties, grids), AV1 Image File
Format, QuickTime File Format (what begins a description of samples).
"""

import struct
from dataclasses import replace

from .parts import Part, changed

CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"iref": 4, b"dinf": 0, b"moov": 0}
CONTAINERS |= {b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"edts": 0, b"dref": 8, b"stsd": 8}
CONTAINERS |= {b"udta": 0, b"ilst": 0, b"avc1": 78, b"mp4v": 78, b"hvc1": 78, b"mp4a": 28}
"""Boxes that hold boxes, behind so many bytes."""

EXTREMES = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def cut(content):
    parts, at = [], 0
    while at + 8 <= len(content):
        size, tag = struct.unpack_from(">I4s", content, at)
        if size < 8:
            break
        inside = content[at + 8 : at + size]
        if tag in CONTAINERS:
            start = CONTAINERS[tag]
            parts.append(Part(tag, inside[:start], cut(inside[start:])))
        else:
            parts.append(Part(tag, inside))
        at += size
    return tuple(parts)


def joined(parts):
    return b"".join(map(_packed, parts))


def _packed(part):
    return box(part.tag, part.content + b"".join(map(_packed, part.inside or ())))


def box(tag, *contents):
    content = b"".join(contents)
    return struct.pack(">I4s", 8 + len(content), tag) + content


def mutated(content, chance):
    """Change boxes; items' numbers and chunks of samples are found again where they have moved."""
    parts = cut(content)
    before = _place_of_data(parts)
    has_items = any(part.tag == b"meta" for part in parts)
    for _ in range(chance.choice((1, 1, 2, 4))):
        is_added = chance.random() < 0.2 and has_items
        parts = _with_property(parts, chance) if is_added else changed(parts, chance)
    moved = _place_of_data(parts) - before
    return joined(moved_items(parts, moved))


def _place_of_data(parts):
    place = 0
    for part in parts:
        if part.tag == b"mdat":
            break
        place += len(_packed(part))
    return place


def moved_items(parts, distance):
    """Add a distance to the places that boxes stco, and iloc of version 0 with four bytes, tell."""
    return tuple(
        replace(part, content=MOVED[part.tag](part.content, distance))
        if part.tag in MOVED
        else replace(part, inside=moved_items(part.inside, distance))
        if part.inside
        else part
        for part in parts
    )


def _moved_items(content, distance):
    data = bytearray(content)
    if data[:1] != b"\0" or data[4:6] != b"\x44\0":
        return content
    at = 8
    while at + 6 <= len(data):
        (extents,) = struct.unpack_from(">H", data, at + 4)
        at += 6
        for _ in range(min(extents, (len(data) - at) // 8)):
            (place,) = struct.unpack_from(">I", data, at)
            struct.pack_into(">I", data, at, (place + distance) % 2**32)
            at += 8
    return bytes(data)


def _moved_chunks(content, distance):
    start = content[:8]
    places = struct.unpack_from(f">{max(len(content) - 8, 0) // 4}I", content, 8)
    return start + b"".join(struct.pack(">I", (place + distance) % 2**32) for place in places)


MOVED = {b"iloc": _moved_items, b"stco": _moved_chunks}


def _with_property(parts, chance):
    """Give the items one more property: a size, an aperture, a rotation, a layer and so on."""
    numbers = [chance.choice((*EXTREMES, 8, 16, 24, 32)) for _ in range(8)]
    added = chance.choice(
        (
            Part(b"ispe", struct.pack(">III", 0, *numbers[:2])),
            Part(b"clap", struct.pack(">8I", *numbers)),
            Part(b"irot", bytes([numbers[0] & 255])),
            Part(b"imir", bytes([numbers[0] & 255])),
            Part(b"pasp", struct.pack(">II", *numbers[:2])),
            Part(b"lsel", struct.pack(">H", numbers[0] & 65535)),
            Part(b"a1lx", bytes([1]) + struct.pack(">III", *numbers[:3])),
            Part(b"a1op", bytes([numbers[0] & 255])),
            Part(b"colr", b"prof" + bytes(chance.randrange(200))),
            Part(b"auxC", bytes(4) + b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
        )
    )
    return _added(parts, added)


def _added(parts, added):
    """Put a property at the end of `ipco`, and tell every item of `ipma` that it has it."""
    changed_parts = []
    for part in parts:
        if part.tag == b"iprp" and part.inside and part.inside[0].tag == b"ipco":
            properties = (*(part.inside[0].inside or ()), added)
            held = tuple(
                replace(inner, content=_told(inner.content, len(properties)))
                if inner.tag == b"ipma"
                else inner
                for inner in part.inside[1:]
            )
            changed_part = replace(part.inside[0], inside=properties)
            changed_parts.append(replace(part, inside=(changed_part, *held)))
        elif part.inside:
            changed_parts.append(replace(part, inside=_added(part.inside, added)))
        else:
            changed_parts.append(part)
    return tuple(changed_parts)


def _told(content, number):
    """Add a property, as an essential one, to each item of an `ipma` of version 0."""
    if content[:4] != bytes(4) or len(content) < 8:
        return content
    result, at = content[:8], 8
    while at + 3 <= len(content):
        end = at + 3 + content[at + 2]
        known = content[at + 3 : end]
        result += content[at : at + 2] + bytes([(len(known) + 1) & 255]) + known
        result += bytes([0x80 | number & 127])
        at = end
    return result


def grid(content, rows, columns, width, height, tiles=None):
    """Make a picture of tiles, all of them the one that a true AVIF file holds.

    Parameters
    ----------
    content : bytes
        Of a file with one item, as libavif writes it.
    rows, columns : int
        As the grid says.
    width, height : int
        Of the grid, as it says.
    tiles : int, optional
        How many there are; as many as are said by default.
    """
    parts = cut(content)
    meta, data = (next(p for p in parts if p.tag == tag) for tag in (b"meta", b"mdat"))
    properties = next(p for p in meta.inside if p.tag == b"iprp").inside[0].inside
    count = rows * columns if tiles is None else tiles
    said = bytes([0, 1, rows - 1 & 255, columns - 1 & 255]) + struct.pack(">II", width, height)
    start = box(b"ftyp", parts[0].content)
    place = 0
    for _ in range(2):  # its length does not depend on the place
        items = _grid_items(properties, said, count, place, len(data.content))
        place = len(start) + len(items) + 8
    return start + items + box(b"mdat", data.content)


def _grid_items(properties, said, count, place, length):
    handler = box(b"hdlr", bytes(8) + b"pict" + bytes(13))
    places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(said))  # item 1 lies in idat
    places += b"".join(
        struct.pack(">HHHHII", 2 + tile, 0, 0, 1, place, length) for tile in range(count)
    )
    iloc = box(b"iloc", b"\1\0\0\0\x44\0", struct.pack(">H", count + 1), places)
    infos = [box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"grid\0")]
    infos += [
        box(b"infe", b"\2\0\0\1", struct.pack(">HH", 2 + tile, 0), b"av01\0")
        for tile in range(count)
    ]
    iinf = box(b"iinf", bytes(4), struct.pack(">H", count + 1), *infos)
    numbers = [struct.pack(">H", 2 + tile) for tile in range(count)]
    iref = box(b"iref", bytes(4), box(b"dimg", struct.pack(">HH", 1, count), *numbers))
    whole = box(b"ispe", bytes(4), said[4:])
    ipco = box(b"ipco", *map(_packed, properties), whole)
    every = bytes(range(1, len(properties) + 1))
    told = struct.pack(">HB", 1, len(every)) + bytes([len(every) + 1]) + every[1:]
    told += b"".join(struct.pack(">HB", 2 + tile, len(every)) + every for tile in range(count))
    ipma = box(b"ipma", bytes(4), struct.pack(">I", count + 1), told)
    iprp = box(b"iprp", ipco, ipma)
    primary = box(b"pitm", bytes(4), struct.pack(">H", 1))
    return box(*(b"meta", bytes(4), handler, primary, iloc, iinf, iref, iprp, box(b"idat", said)))
