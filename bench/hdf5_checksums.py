"""The checksums of HDF5's metadata: found in a file, and made right after a change.

Since HDF5 1.8, files may hold structures that end in a checksum: Bob Jenkins' lookup3 of all bytes
before it ("HDF5 File Format Specification", version 3.0; http://burtleburtle.net/bob/c/lookup3.c is
in the public domain, and its description is what is followed here).  A changed file with the old
checksums is refused at once; only with new ones does it reach the code that harm is meant for.
"""

import struct
from typing import NamedTuple

import numpy as np

SIGNATURES = (
    *(b"\x89HDF\r\n\x1a\n", b"OHDR", b"OCHK", b"FRHP", b"FHIB", b"BTHD", b"BTIN", b"BTLF"),
    *(b"FSHD", b"FSSE", b"FAHD", b"FADB", b"EAHD", b"EAIB", b"EASB", b"EADB"),
)
"""Of the structures that end in their checksum; FHDB, with it inside, is another matter."""

HEAP_BLOCK = b"FHDB"
_HEAP_BLOCK_SIZES = [1 << n for n in range(8, 17)]
_HEAP_ADDRESS_END = 13
_LONGEST = (64, 256, 1024, 4096)
"""Bytes of a structure, tried one after the other: most are small."""

_START = 0xDEADBEEF
_MIXING = ((0, 2, 1, 4), (1, 0, 2, 6), (2, 1, 0, 8), (0, 2, 1, 16), (1, 0, 2, 19), (2, 1, 0, 4))
"""Each step: a -= c, a ^= c rotated by n bits, c += b; here the places of a, c, b, and n."""

_ENDING = ((2, 1, 14), (0, 2, 11), (1, 0, 25), (2, 1, 16), (0, 2, 4), (1, 0, 14), (2, 1, 24))
"""Each step: c ^= b, c -= b rotated by n bits; here the places of c and b, and n."""


class Structure(NamedTuple):
    """Bytes of a file that a checksum covers.

    Attributes
    ----------
    start, end : int
        The first of them, and the one behind the last.
    place : int
        Where the four bytes of the checksum lie: at `end`, or within, where they count as zero.
    """

    start: int
    end: int
    place: int


def lookup3(data):
    """Compute the checksum of some bytes."""
    return int(prefix_checksums(data, [len(data)])[0])


def prefix_checksums(data, lengths):
    """Compute the checksums of the first bytes, of as many as each of some lengths says."""
    lengths = np.asarray(lengths, np.int64)
    padded = np.zeros(-(-max(int(lengths.max()), 1) // 12) * 12, np.uint8)
    padded[: len(data)] = np.frombuffer(bytes(data), np.uint8)[: len(padded)]
    words = padded.view("<u4").reshape(-1, 3)
    state = [lengths.astype(np.uint32) + np.uint32(_START) for _ in range(3)]
    last = [word.copy() for word in state]
    for number, row in enumerate(words):
        bytes_left = lengths - 12 * number
        ends = (bytes_left > 0) & (bytes_left <= 12)
        if ends.any():
            for place, tail in enumerate(_tails(row, bytes_left[ends])):
                last[place][ends] = state[place][ends] + tail
        state = _mixed([word + added for word, added in zip(state, row, strict=True)])
    return np.where(lengths > 0, _ended(last)[2], last[2])


def _tails(row, bytes_left):
    """Cut a row of twelve bytes off behind those that are left."""
    kept = np.arange(12) < bytes_left[:, np.newaxis]
    return np.where(kept, row.view(np.uint8), 0).astype(np.uint8).view("<u4").T


def _mixed(state):
    state = list(state)
    for a, c, b, bits in _MIXING:
        state[a] = (state[a] - state[c]) ^ _rotated(state[c], bits)
        state[c] = state[c] + state[b]
    return state


def _ended(state):
    state = list(state)
    for c, b, bits in _ENDING:
        state[c] = (state[c] ^ state[b]) - _rotated(state[b], bits)
    return state


def _rotated(word, bits):
    return (word << np.uint32(bits)) | (word >> np.uint32(32 - bits))


def structures(content):
    """Find all structures whose checksum is right.

    No size is looked up: behind a signature, one of all lengths has the checksum that follows.
    """
    found = []
    for signature in (*SIGNATURES, HEAP_BLOCK):
        find = _heap_block if signature == HEAP_BLOCK else _ending_in_checksum
        start = content.find(signature)
        while start >= 0:
            if (structure := find(content, start)) is not None:
                found.append(structure)
            start = content.find(signature, start + 1)
    return sorted(found)


def _ending_in_checksum(content, start):
    for longest in _LONGEST:
        data = np.frombuffer(content[start : start + longest + 4], np.uint8)
        if len(data) < 8:
            return None
        lengths = np.arange(4, len(data) - 3)
        stored = np.lib.stride_tricks.sliding_window_view(data, 4)[lengths].copy().view("<u4")
        right = lengths[prefix_checksums(data, lengths) == stored[:, 0]]
        if len(right):
            end = start + int(right[0])
            return Structure(start, end, end)
    return None


def _heap_block(content, start):
    """The checksum of a direct block of a fractal heap lies behind its offset, of 1 to 8 bytes."""
    for size in _HEAP_BLOCK_SIZES:
        for place in range(_HEAP_ADDRESS_END + 1, _HEAP_ADDRESS_END + 9):
            structure = Structure(start, start + size, start + place)
            if start + size <= len(content) and _is_right(content, structure):
                return structure
    return None


def _is_right(content, structure):
    return content[structure.place : structure.place + 4] == _checksum(content, structure)


def _checksum(content, structure):
    start, end, place = structure
    covered = bytearray(content[start:end])
    if place < end:
        covered[place - start : place - start + 4] = bytes(4)
    return struct.pack("<I", lookup3(covered))


def repaired(changed, content, found):
    """Return changed bytes with right checksums.

    Parameters
    ----------
    changed, content : bytes
        Of the same length, after and before the change.
    found : list of Structure
        Of `content`.
    """
    result = bytearray(changed)
    for structure in found:
        start, end, place = structure
        both = slice(start, max(end, place + 4))
        if changed[both] != content[both]:
            result[place : place + 4] = _checksum(changed, structure)
    return bytes(result)
