"""Numbers and times in words, and other people's text."""

import pytest

from backpaint.words import counted, duration, memory, printable, printable_lines


def test_one_is_no_plural():
    assert [counted(n, "style") for n in (0, 1, 2000)] == ["0 styles", "1 style", "2,000 styles"]


def test_times_are_rounded_before_they_are_split():
    assert [duration(s) for s in (59.4, 59.6, 3599.4, 3599.6)] == [
        "59 s", "1 min 00 s", "59 min 59 s", "1 h 00 min",
    ]  # fmt: skip


@pytest.mark.parametrize("letter", [*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0))])
def test_no_control_character_is_printed(letter):
    assert printable(f"a{letter}b") == "a?b"
    assert printable_lines(f"a{letter}b") == (f"a{letter}b" if letter in "\n\t" else "a?b")


@pytest.mark.parametrize("letter", "\u200b\u200e\u202a\u202e\u2028\u2029\u2066\u2069\ufeff\udcff")
def test_nothing_invisible_or_turning_is_printed(letter):
    assert printable(f"a{letter}b") == printable_lines(f"a{letter}b") == "a?b"


def test_what_people_write_stays():
    for text in ("Käthe's photo (2).jpg", "猫の写真.png", "قطة.png", "C:\\pictures\\a.png", "🐈"):
        assert printable(text) == printable_lines(text) == text


def test_long_text_is_cut():
    assert printable("a" * 1001) == "a" * 1000 + "..."
    assert printable("a" * 1000) == "a" * 1000
    assert printable(3) == "3"


def test_little_memory_is_not_none():
    sizes = (0, 4e6, 40e6, 949e6, 951e6, 14e9)
    assert [memory(n) for n in sizes] == ["1 MB", "4 MB", "40 MB", "949 MB", "1.0 GB", "14.0 GB"]
