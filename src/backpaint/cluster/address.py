"""The places where workers may be: this process, this machine, or behind certificates."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ..errors import UsageError, shown

MOST = 256
"""Workers on one machine."""
EXPECTED = (
    f"expected a number of workers on this machine, 0 to {MOST}, or the address of a scheduler, "
    "such as tls://HOST:8786"
)


def checked_workers(workers: object) -> int | str:
    """Turn an option's value into a number of workers, or the address of a scheduler.

    Parameters
    ----------
    workers : int or str
        0 is this process itself.

    Returns
    -------
    int or str

    Raises
    ------
    UsageError
        If it is neither, or the way there is open to others: whoever reaches a scheduler of Dask
        can run any program on its workers.

    Examples
    --------
    >>> checked_workers("2"), checked_workers("tls://one.example:8786")
    (2, 'tls://one.example:8786')
    """
    text = str(workers)
    is_number = not isinstance(workers, bool) and text.isascii() and text.isdecimal()
    if is_number and len(text) <= len(str(MOST)) and int(text) <= MOST:
        return int(text)
    scheme, host = _parts(text)
    if scheme == "tls" and host:
        return text
    if scheme == "tcp" and _is_this_machine(host):
        return text
    if scheme == "tcp" and host:
        raise UsageError(
            f"workers are at {shown(text)}, and tcp lets anybody on the network run programs "
            "there; use tls:// with certificates, or an SSH tunnel to a port of this machine"
        )
    raise UsageError(f"workers is {shown(workers)}; {EXPECTED}")


def _parts(text: str) -> tuple[str, str]:
    """Return an address's scheme and host; a port is needed."""
    try:
        parts = urlsplit(text)
        complete = parts.port is not None and parts.path == parts.query == parts.fragment == ""
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or "" if complete else ""


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
