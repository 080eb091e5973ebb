"""A file that is written in a process that may write none: as patches, for another to apply."""

import io


class Patches(io.RawIOBase):
    """Collects what is written where."""

    def __init__(self) -> None:
        super().__init__()
        self._position = self._size = 0
        self._patches: list[tuple[int, bytes]] = []

    def take(self) -> list[tuple[int, bytes]]:
        """Return the offsets and bytes since the last time; those of one run of bytes as one."""
        joined: list[tuple[int, bytearray]] = []
        for offset, data in self._patches:
            if joined and joined[-1][0] + len(joined[-1][1]) == offset:
                joined[-1][1].extend(data)
            else:
                joined.append((offset, bytearray(data)))
        self._patches.clear()
        return [(offset, bytes(data)) for offset, data in joined]

    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        """Write at the place where the file stands."""
        data = bytes(data)
        self._patches.append((self._position, data))
        self._position += len(data)
        self._size = max(self._size, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the place where the file stands."""
        return self._position

    def seekable(self) -> bool:
        """Whether it can go to another place."""
        return True

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True
