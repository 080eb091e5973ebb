"""Pickles that run commands, read files, or grow without end."""

import io
import pickle
import struct
from functools import cache

import numpy as np

SAME_HASH = 2**61 - 1
"""Python's integers have the same hash when they differ by this."""


class Shell:
    """Runs a command when it is unpickled by a real unpickler."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def harmful_objects(secrets):
    import os

    harm = f"touch '{secrets / 'harm'}'"
    yield Shell(os.system, harm)
    yield Shell(open, str(secrets / "secret.bin"))
    yield Shell(eval, f"open({str(secrets / 'secret.bin')!r}).read()")
    yield {"features.0.weight": Shell(exec, "import os; os.mkfifo('x')")}
    yield Shell(__import__, "antigravity")


@cache
def pickles(secrets):
    """Programs that run code, or grow without end."""
    return list(_pickles(secrets))


def _pickles(secrets):
    for value in harmful_objects(secrets):
        for protocol in range(6):
            yield pickle.dumps(value, protocol)
    yield b"\x80\x02" + b"]" * 90_000 + b"a" * 89_999 + b"."  # nested lists
    yield b"\x80\x02N" + b"\x85" * 90_000 + b"."  # nested tuples
    yield b"\x80\x02]q\x00" + b"h\x00a" * 30_000 + b"."  # a list of itself
    yield b"\x80\x02]q\x00" + b"(" + b"h\x00h\x00h\x00h\x00lq\x00" * 20_000 + b"."
    yield b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"x."  # a string of a terabyte
    yield b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"\xff."  # an integer of a gigabyte
    yield b"\x80\x02I" + b"9" * 500_000 + b"\n."
    yield b"\x80\x02(c__builtin__\neval\nX\x01\x00\x00\x001o."
    yield b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85\x81."  # NEWOBJ
    yield b"\x80\x02}" + b"K\x01\x85K\x02s."  # a tuple as key
    yield b"\x80\x02}(" + b"".join(_long(SAME_HASH * k) + b"N" for k in range(1, 20_001)) + b"u."
    doubled = ()
    for _ in range(100):  # to hash or print it would take 2^100 steps
        doubled = (doubled, doubled)
    for value in ([doubled], doubled, {"state_dict": doubled}, {"features.0.weight": doubled}):
        yield pickle.dumps(value, 2)


def _long(value):
    packed = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(packed)]) + packed


def crafted_torch(path, secrets, chance):
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    parts = [magic, pickle.dumps(1001, 2), pickle.dumps({"little_endian": True}, 2)]
    parts.append(pickle.dumps({}, 2))
    parts.insert(chance.randrange(1, 5), chance.choice(pickles(secrets)))
    path.write_bytes(b"".join(parts) + bytes(64))


def crafted_npy(path, secrets, chance):
    header = io.BytesIO()
    described = {"descr": "|O", "fortran_order": False, "shape": ()}
    np.lib.format.write_array_header_1_0(header, described)
    path.write_bytes(header.getvalue() + chance.choice(pickles(secrets)))
