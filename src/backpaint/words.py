"""Numbers and times in words, for reports."""


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "iteration"), counted(2000, "iteration")
    ('1 iteration', '2,000 iterations')
    """
    return f"{number:,} {noun}" + "s" * (number != 1)


def memory(size: float) -> str:
    """Write a number of bytes for a person.

    Examples
    --------
    >>> memory(38_400_000), memory(1_640_000_000), memory(20)
    ('38 MB', '1.6 GB', '1 MB')
    """
    if size < 0.95e9:
        return f"{max(size / 1e6, 1):.0f} MB"
    return f"{size / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Write a time for a person.

    Examples
    --------
    >>> duration(7.04), duration(150), duration(7500)
    ('7 s', '2 min 30 s', '2 h 05 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
