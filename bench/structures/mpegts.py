"""MPEG transport streams: packets of 188 bytes, and tables whose checksums are right.

Source: ISO/IEC 13818-1, 2.4.3 (packets) and 2.4.4 (tables), annex A (CRC).
"""

from dataclasses import replace

from .parts import Part, changed, changed_bytes

SIZE, HEADER = 188, 4
STARTS, ADAPTATION = 0x40, 0x20
"""Bits of a packet's second and fourth byte: a table or a piece of film begins; more is told."""

POLYNOMIAL = 0x04C11DB7
TABLE_BYTES = 60
"""At a table's beginning, which are changed; stuffing follows."""


def _of_byte(value):
    value <<= 24
    for _ in range(8):
        value = value << 1 ^ (POLYNOMIAL if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


REMAINDERS = [_of_byte(value) for value in range(256)]


def crc(content):
    """Compute CRC-32 as MPEG has it: not reflected, and nothing inverted at the end."""
    value = 0xFFFFFFFF
    for byte in content:
        value = (value << 8 & 0xFFFFFFFF) ^ REMAINDERS[value >> 24 ^ byte]
    return value


def cut(content):
    whole = range(0, len(content) - SIZE + 1, SIZE)
    return tuple(Part(content[at : at + HEADER], content[at + HEADER : at + SIZE]) for at in whole)


def joined(parts):
    return b"".join(map(_packed, parts))


def _packed(part):
    size = SIZE - HEADER
    content = part.content[:size].ljust(size, b"\xff")
    return part.tag + (_summed(content) if _is_table(part) else content)


def _is_table(part):
    """Whether a table begins in a packet: a piece of film would begin with 0, 0, 1."""
    plain = len(part.tag) == HEADER and part.tag[1] & STARTS and not part.tag[3] & ADAPTATION
    return bool(plain) and part.content[:3] != b"\0\0\1" and len(part.content) > 8


def _summed(content):
    """Make a table's checksum right, if it ends in this packet."""
    start = 1 + content[0]
    length = int.from_bytes(content[start + 1 : start + 3], "big") & 0xFFF
    end = start + 3 + length - 4
    if not start < end <= len(content) - 4:
        return content
    return content[:end] + crc(content[start:end]).to_bytes(4, "big") + content[end + 4 :]


def mutated(content, chance):
    """Change packets; two of five changes are within tables, of which there are few."""
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        tables = [at for at, part in enumerate(parts) if _is_table(part)]
        if tables and chance.random() < 0.4:
            at = chance.choice(tables)
            parts = (*parts[:at], _with_other_table(parts[at], chance), *parts[at + 1 :])
        else:
            parts = changed(parts, chance)
    return joined(parts)


def _with_other_table(part, chance):
    start = changed_bytes(part.content[:TABLE_BYTES], chance)
    return replace(part, content=start + part.content[TABLE_BYTES:])
