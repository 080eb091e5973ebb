"""Numbers, times, and text that others wrote, for reports."""


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


def printable(text: object, longest: int = 1000) -> str:
    r"""Return text from a file, or a file's name, as one line that is safe on a terminal.

    Parameters
    ----------
    text : object
        Anything; its ``str`` is taken.
    longest : int
        Characters that are kept.

    Returns
    -------
    str
        A question mark stands for each line break, control character (ESC and C1 among them),
        invisible or bidirectional mark, and byte that is no UTF-8.

    Examples
    --------
    >>> printable("red\x1b[31m\u202egpj.exe"), printable("one\ntwo", longest=5)
    ('red?[31m?gpj.exe', 'one?t...')
    """
    whole = str(text)
    kept = "".join(letter if letter.isprintable() else "?" for letter in whole[:longest])
    return kept + "..." * (len(whole) > longest)


def printable_lines(text: str) -> str:
    r"""Return text of several lines, each safe on a terminal; tabs stay, too.

    Examples
    --------
    >>> printable_lines('title\x9b2J\n\tsource')
    'title?2J\n\tsource'
    """
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)
