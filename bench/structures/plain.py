"""BMP and PPM: a header of numbers, and pixels."""

import re
import struct

from .parts import Part, changed, changed_bytes

NUMBERS = (b"0", b"1", b"2", b"255", b"256", b"65535", b"65536", b"99999", b"-1", b"2147483648")
NUMBERS += (b"4294967297", b"9" * 30, b"#", b"\t", b"1.0", b"nan")


def mutated_bmp(content, chance):
    """Change the two headers, the palette and the pixels; the place of the pixels stays right."""
    (size,) = struct.unpack_from("<I", content, 14)
    (start,) = struct.unpack_from("<I", content, 10)
    ends = (14, 14 + size, start, len(content))
    begins = (0, *ends)
    parts = tuple(Part(b"", content[a:b]) for a, b in zip(begins, ends, strict=False))
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance, "<")
    whole = bytearray(b"".join(part.content for part in parts))
    if chance.random() < 0.7 and len(whole) > 14 and len(parts) == 4:
        struct.pack_into("<I", whole, 10, sum(len(part.content) for part in parts[:3]))
    return bytes(whole)


def mutated_ppm(content, chance):
    """Exchange words of the header, and change the pixels behind it."""
    header = re.match(rb"P\S\s+\S+\s+\S+(\s+\S+)?\s", content)
    words = header[0].split()
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(words) + 1)
        kinds = (b"P%d" % chance.randrange(9), b"Pf", b"PF") if at == 0 else NUMBERS
        words[at : at + chance.choice((0, 1, 1, 1))] = [chance.choice(kinds)]
    pixels = content[header.end() :]
    if chance.random() < 0.4:
        pixels = changed_bytes(pixels, chance)
    return chance.choice((b" ", b"\n", b"\n#x\n")).join(words) + b"\n" + pixels
