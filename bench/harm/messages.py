"""Protobuf messages that are nested, endless or enormous by their own word."""


def crafted(path, secrets, chance):
    def field(number, content):
        return _varint(number * 8 + 2) + _varint(len(content)) + content

    nested = b""
    for _ in range(2000):
        nested = field(2, nested)
    many, number = _varint(2**63 - 25) * 9_000, field(5, bytes(4))  # axes; their product is huge
    path.write_bytes(
        chance.choice(
            [
                nested,
                field(2, b"\x22\x07conv1_1" + field(6, b"\x08" + _varint(1 << 60)) * 2),
                field(100, field(1, b"conv1_1") + field(7, field(7, field(1, b"\xff" * 9))) * 2),
                b"\x08\x07" + field(7, field(5, b"\x10\x01" + field(8, b"a\nb\x1b[2J"))),
                b"\x0a\x00" * 500_000 + field(2, b""),
                b"\x12" + _varint(1 << 62) + b"x",
                field(100, field(1, b"conv1_1") + field(7, field(7, field(1, many)) + number) * 2),
                b"\x08\x07" + field(7, field(5, field(1, many) + b"\x10\x01" + field(9, number))),
                field(100, b"\x0a\x00" * 90_000) * 20,
            ]
        )
    )


def _varint(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])
