"""GIF: a screen, extensions and pictures, whose data come in blocks of known length.

Source: GIF89a specification.
"""

from .parts import Part, changed

SCREEN = b"GIF8"
EXTENSION, IMAGE, TRAILER = b"!", b",", b";"


def cut(content):
    end = 13 + _palette_size(content[10])
    parts, at = [Part(SCREEN, content[4:end])], end
    while at < len(content) and content[at : at + 1] != TRAILER:
        tag = content[at : at + 1]
        start = at + (2 if tag == EXTENSION else 10 + _palette_size(content[at + 9]))
        start += tag == IMAGE  # the size of LZW's first codes
        data, end = _blocks(content, start)
        parts.append(Part(tag, content[at + 1 : start], (Part(b"", data),)))
        at = end
    return (*parts, Part(TRAILER))


def _palette_size(flags):
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _blocks(content, at):
    """Join the blocks from a place on, and tell where they end."""
    joined_blocks = b""
    while at < len(content) and content[at]:
        joined_blocks += content[at + 1 : at + 1 + content[at]]
        at += 1 + content[at]
    return joined_blocks, at + 1


def joined(parts):
    return b"".join(map(_packed, parts))


def _packed(part):
    inside = b"".join(blocks(inner.content) for inner in part.inside or ())
    return part.tag + part.content + inside


def blocks(content, size=255):
    """Cut bytes into blocks, the last one of which is empty."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def mutated(content, chance):
    parts = cut(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        parts = changed(parts, chance, "<")
    return joined(parts)
