"""Numbers and times in words."""

from backpaint.words import counted, duration, memory


def test_one_is_no_plural():
    assert [counted(n, "style") for n in (0, 1, 2000)] == ["0 styles", "1 style", "2,000 styles"]


def test_times_are_rounded_before_they_are_split():
    assert [duration(s) for s in (59.4, 59.6, 3599.4, 3599.6)] == [
        "59 s", "1 min 00 s", "59 min 59 s", "1 h 00 min",
    ]  # fmt: skip


def test_little_memory_is_not_none():
    sizes = (0, 4e6, 40e6, 949e6, 951e6, 14e9)
    assert [memory(n) for n in sizes] == ["1 MB", "4 MB", "40 MB", "949 MB", "1.0 GB", "14.0 GB"]
