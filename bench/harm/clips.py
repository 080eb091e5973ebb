"""Clips that are made to harm: enormous sizes, frames without end, and names of other files."""

import struct
from dataclasses import replace

from structures import boxes, ebml, mpegts, riff
from structures.parts import Part, found, replaced

from .pictures import MANY, bomb
from .pictures import harmful as harmful_pictures

LARGEST = 2**32 - 1
STREAMS = 5_000
DEEP = 5_000
"""Boxes in boxes."""


def harmful(kind, true, secrets):
    """Make the files of a kind.

    Parameters
    ----------
    kind : str
        Of `fuzz_moving`.
    true : list of bytes
        Its true files.
    secrets : Path
        A folder of files that nobody may open.
    """
    made = _BY_KIND[kind](true) if kind in _BY_KIND else harmful_pictures(_AS_PICTURES[kind])
    return [*made, *_naming(secrets)]


def _mp4(true):
    parts = boxes.cut(true[1])  # without sound
    for name, content in _mp4_boxes(parts):
        yield boxes.joined(replaced(parts, name, content))
    track = found(parts, b"trak")
    moov = found(parts, b"moov")
    yield _with_moov(parts, (*moov.inside, *[track] * STREAMS))
    yield _with_moov(parts, ())
    nested = b""
    for _ in range(DEEP):
        nested = boxes.box(b"moov", boxes.box(b"trak", nested))
    yield boxes.box(b"ftyp", parts[0].content) + nested
    packed = struct.pack(">I", 300 << 20) + bomb()
    header = boxes.box(b"cmov", boxes.box(b"dcom", b"zlib"), boxes.box(b"cmvd", packed))
    yield boxes.box(b"ftyp", parts[0].content) + boxes.box(b"moov", header)
    yield repeated_frame(parts)
    run = struct.pack(">II", 0x701, LARGEST) + bytes(64)
    header = boxes.box(b"tfhd", struct.pack(">II", 0, 1))
    yield boxes.joined(parts) + boxes.box(
        b"moof", boxes.box(b"traf", header, boxes.box(b"trun", run))
    )
    index = (
        struct.pack(">IIIIIHH", 0, 1, 1000, 0, 0, 0, 65535) + b"\x80\0\0\1\0\0\0\1\0\0\0\0" * 65535
    )
    yield boxes.joined(parts) + boxes.box(b"sidx", index)
    text = boxes.box(b"\xa9nam", struct.pack(">HH", 60_000, 0) + b"\x1b[2J" * 15_000)
    yield _with_moov(parts, (*moov.inside, Part(b"udta", text * 100)))


def _mp4_boxes(parts):
    """Yield boxes by name with other contents: counts, sizes and times that nobody has."""
    for count, each in ((LARGEST, 1), (6, 0), (6, 2**31 - 1), (6, LARGEST), (LARGEST, LARGEST)):
        yield b"stts", struct.pack(">IIII", 0, 1, count, each)
        yield b"ctts", struct.pack(">IIII", 1 << 24, 1, count, each)
    for size, count in ((100, LARGEST), (0, LARGEST), (LARGEST, 6), (1, 50_000_000), (0, 0)):
        yield b"stsz", struct.pack(">III", 0, size, count)
    for count in (LARGEST, 2**28, 0):
        yield b"stco", struct.pack(">II", 0, count)
        yield b"stss", struct.pack(">II", 0, count)
        yield b"stsc", struct.pack(">IIIII", 0, count, 1, LARGEST, 1)
    for start in (-1, 2**31 - 1, 0):
        edit = struct.pack(">Iii", 1, start, 1 << 16)
        yield b"elst", struct.pack(">II", 0, MANY) + edit * MANY
    yield b"elst", struct.pack(">IIQqi", 1 << 24, 1, 2**63 - 1, 2**63 - 1, 1)
    for scale, length in ((0, 0), (0, LARGEST), (LARGEST, LARGEST), (1, LARGEST)):
        yield b"mdhd", struct.pack(">IIIIII", 0, 0, 0, scale, length, 0)
        yield b"mvhd", struct.pack(">IIIII", 0, 0, 0, scale, length) + bytes(80)
    head = found(parts, b"tkhd").content
    yield b"tkhd", head[:-8] + struct.pack(">II", 60_000 << 16, 60_000 << 16)
    yield b"tkhd", head[:40] + struct.pack(">9i", *[2**31 - 1] * 9) + head[-8:]  # how it is turned
    described = found(parts, b"mp4v").content
    yield b"mp4v", described[:24] + struct.pack(">HH", 60_000, 60_000) + described[28:]


def _with_moov(parts, inside):
    return boxes.joined(replaced(parts, b"moov", inside=inside))


def repeated_frame(parts):
    """Name the place of the first frame a hundred thousand times."""
    place = int.from_bytes(found(parts, b"stco").content[8:12], "big")
    size = int.from_bytes(found(parts, b"stsz").content[12:16], "big")
    count = 2 * MANY
    for name, content in (
        (b"stco", struct.pack(">II", 0, count) + struct.pack(">I", place) * count),
        (b"stsz", struct.pack(">III", 0, size, count)),
        (b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        (b"stts", struct.pack(">IIII", 0, 1, count, 512)),
        (b"stss", struct.pack(">II", 0, 0)),
    ):
        parts = replaced(parts, name, content)
    return boxes.joined(parts)


def _matroska(true):
    parts = ebml.cut(true[0])
    for name, content in _MATROSKA_NUMBERS:
        tag = next((tag for tag in _tags(parts) if tag[:-1] == name), None)
        if tag is not None:
            yield ebml.joined(replaced(parts, tag, content))
    tracks, track = _named(parts, b"\x16\x54\xae\x6b"), _named(parts, b"\xae")
    yield ebml.joined(replaced(parts, tracks.tag, inside=(track,) * STREAMS))
    cluster, block = _named(parts, b"\x1f\x43\xb6\x75"), _named(parts, b"\xa3")
    yield ebml.joined(replaced(parts, cluster.tag, inside=(*cluster.inside, *[block] * 2 * MANY)))
    by_zlib = ebml.element(b"\x62\x40", ebml.element(b"\x50\x34", b"\x42\x54\x81\0"))
    packing = Part(b"\x6d\x80\1", by_zlib)
    packed = replace(block, content=block.content[:4] + bomb())
    whole = replaced(parts, track.tag, inside=(*track.inside, packing))
    yield ebml.joined(replaced(whole, cluster.tag, inside=(*cluster.inside, packed)))
    for name in (b"\x63\xc0", b"\x73\x73", b"\xb6", b"\xa0", b"\x18\x53\x80\x67"):
        nested = b""
        for _ in range(DEEP):
            nested = ebml.element(name, nested)
        yield ebml.joined(parts) + nested
    yield ebml.joined((parts[0], *[Part(b"\xec\1", b"x")] * 4 * MANY, *parts[1:]))
    seek = ebml.element(b"\x4d\xbb", b"\x53\xab\x84\x11\x4d\x9b\x74\x53\xac\x81\0")
    start = ebml.element(b"\x11\x4d\x9b\x74", seek * MANY)
    segment = parts[1]
    yield ebml.joined((parts[0], Part(segment.tag, start, segment.inside)))


def _tags(parts):
    for part in parts:
        yield part.tag
        yield from _tags(part.inside or ())


def _named(parts, name):
    """Find an element, in however many bytes its length was written."""
    return found(parts, next(tag for tag in _tags(parts) if tag[:-1] == name))


_LONG = (b"\0", b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\1")
_FLOATS = [struct.pack(">d", value) for value in (float("inf"), float("nan"), 1e300, -1.0)]
_MATROSKA_NUMBERS = (
    *[(name, (60_000).to_bytes(2, "big")) for name in (b"\xb0", b"\xba")],
    *[(name, value) for name in (b"\xb0", b"\xba", b"\x2a\xd7\xb1", b"\xe7") for value in _LONG],
    *[(name, value) for name in (b"\x23\xe3\x83", b"\xd7", b"\x83") for value in _LONG],
    *[(b"\x44\x89", value) for value in _FLOATS],
    *[(b"\xb5", value) for value in _FLOATS],
    (b"\x63\xa2", bytes(30 << 20)),
    (b"\x7b\xa9", b"\x1b[2J" * 100_000),
)
"""Width, height, scale and place of times, duration of a frame, number and type of a track, length
of the clip, rate of sound, what a codec needs, title."""


def _avi(true):
    content = true[0]
    parts, joined = riff.cut(content), riff.joined
    head, stream, form = (found(parts, name).content for name in (b"avih", b"strh", b"strf"))
    for number in (0, 1, LARGEST):
        yield joined(replaced(parts, b"avih", struct.pack("<I", number) + head[4:]))
        yield joined(replaced(parts, b"avih", head[:16] + struct.pack("<I", number) + head[20:]))
        for scale in (0, 1, LARGEST):
            times = struct.pack("<II", scale, number)
            yield joined(replaced(parts, b"strh", stream[:20] + times + stream[28:]))
        yield joined(
            replaced(parts, b"strh", stream[:32] + struct.pack("<I", number) + stream[36:])
        )
    for side in (60_000, 2**31 - 1, -(2**31)):
        yield joined(
            replaced(parts, b"strf", form[:4] + struct.pack("<ii", side, side) + form[12:])
        )
    yield joined(replaced(parts, b"strf", form[:32] + struct.pack("<I", LARGEST) + form[36:]))
    lists = [part for part in parts[0].inside if part.tag == riff.LIST]
    many = replace(parts[0], inside=(parts[0].inside[0], *lists * (STREAMS // len(lists))))
    yield joined((many, *parts[1:]))
    nested = b""
    for _ in range(DEEP):
        nested = riff.chunk(riff.LIST, b"rec " + nested)
    yield joined((*parts[:-1], Part(b"LIST", b"movi" + nested)))
    yield joined((*parts, Part(b"idx1", struct.pack("<4sIII", b"00dc", 16, 4, 100) * 4 * MANY)))
    yield joined((*parts[:-1], Part(b"LIST", b"movi" + riff.chunk(b"00dc", b"") * 4 * MANY)))
    super_index = (
        struct.pack("<HBBI4s12x", 4, 0, 0, MANY, b"00dc") + struct.pack("<QII", 12, 9, 1) * MANY
    )
    yield joined(replaced(parts, b"strf", form + riff.chunk(b"indx", super_index)))


def _mpegts(true):
    content = true[0]
    yield content * 200
    yield b"\x47\x1f\xff\x10" + bytes(184) + content
    yield (b"\x47\x1f\xff\x10" + bytes(184)) * MANY + content
    for start, step in ((0x20, 1), (0x1000, 1)):
        programs = [
            struct.pack(">HH", number, 0xE000 | start + step * number) for number in range(40)
        ]
        yield _table(0, 0, b"".join(programs)) + content
        streams = b"".join(
            struct.pack(">BHH", 0x1B, 0xE000 | 0x100 + number, 0xF000) for number in range(30)
        )
        maps = [_table(start + step * number, 2, b"\xe1\0\xf0\0" + streams) for number in range(40)]
        yield _table(0, 0, b"".join(programs)) + b"".join(maps) * 20 + content
    stamps = (bytes.fromhex("2fffffffff"), bytes.fromhex("2100010001"))
    for first in stamps:
        yield content.replace(b"\0\0\1\xe0\0\0\x80\xc0\x0a", b"\0\0\1\xe0\0\0\x80\x80\x0a" + first)
    endless = b"\x47\x41\0\x10\0\0\1\xe0\0\0\x80\x80\x05!\0\1\0\1" + bytes(170)
    yield content + endless + (b"\x47\1\0\x10" + bytes(184)) * MANY


def _table(packets_id, kind, content):
    """Write a table in a packet of its own."""
    section = bytes([kind]) + struct.pack(">HHBBB", 0xB000 | len(content) + 9, 1, 0xC1, 0, 0)
    section += content + bytes(4)
    header = b"\x47" + struct.pack(">H", 0x4000 | packets_id & 0x1FFF) + b"\x10"
    return mpegts.joined((Part(header, b"\0" + section),))


def _others(true):
    for width, height, rate in (
        *((60_000, 60_000, "25:1"), (32_000, 32_000, "25:1"), (9_999, 9_999, "25:1")),
        *((2**31 - 1, 2, "25:1"), (8, 8, "0:0"), (8, 8, "1000000000:1"), (8, 8, "1:2147483647")),
    ):
        yield f"YUV4MPEG2 W{width} H{height} F{rate}\nFRAME\n".encode() + bytes(1000)
    yield b"YUV4MPEG2 W2 H2 F25:1 Cmono\n" + (b"FRAME\n" + bytes(4)) * 10 * MANY
    yield b"YUV4MPEG2 " + b"X" * (10 << 20)
    ivf = b"DKIF\0\0\x20\0VP80" + struct.pack("<HHII", 60_000, 60_000, LARGEST, 0)
    yield ivf + struct.pack("<II", LARGEST, 0) + bytes(100)
    yield ivf + struct.pack("<IQ", 0, 2**63) * 4 * MANY
    for content in true:
        yield content * 100
        yield content[: len(content) // 2] + b"\xff" * 10_000 + content[len(content) // 2 :]


def _naming(secrets):
    """Texts and files that name others: what FFmpeg opens where nobody forbids it."""
    clip, picture = secrets / "secret.mp4", secrets / "secret%d.png"
    yield f"ffconcat version 1.0\nfile {clip}\n".encode()
    yield f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n".encode()
    yield f'<?xml version="1.0"?><MPD><BaseURL>file:{clip}</BaseURL></MPD>'.encode()
    yield b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n"
    yield f"[playlist]\nFile1={clip}\nNumberOfEntries=1\n".encode()
    yield f"[InternetShortcut]\nURL=file://{clip}\n".encode()
    yield f"RTSPtextRTSP://127.0.0.1/{clip}".encode()
    yield f"{picture}\n{picture}\n".encode()
    yield f";FFMETADATA1\ntitle={clip}\n".encode()
    yield f"# VobSub index file, v7\nid: en\n{clip}\n".encode()
    address = f"file:{clip}".encode() + b"\0"
    reference = boxes.box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(address)) + address)
    movie = boxes.box(b"rmra", boxes.box(b"rmda", reference))
    yield boxes.box(b"ftyp", b"qt  \0\0\2\0qt  ") + boxes.box(b"moov", movie)
    header = boxes.box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    alias = struct.pack(">H", 2) + str(clip).encode().ljust(150, b"\0")
    for kind in (b"alis", b"url "):
        entry = boxes.box(b"dref", bytes(4), struct.pack(">I", 1), boxes.box(kind, bytes(4), alias))
        media = boxes.box(b"minf", boxes.box(b"dinf", entry))
        track = boxes.box(b"trak", boxes.box(b"mdia", header, media))
        yield boxes.box(b"ftyp", b"qt  \0\0\2\0qt  ") + boxes.box(b"moov", track)


_AS_PICTURES = {"GIF": "GIF", "APNG": "PNG"}
_BY_KIND = {
    "MP4": _mp4,
    "Matroska": _matroska,
    "AVI": _avi,
    "MPEG-TS": _mpegts,
    "others": _others,
}
