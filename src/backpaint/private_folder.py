"""Folders for files that are run: nobody else could have put a file there.

A library that a program loads may do whatever the program may.  So one that was compiled earlier
is only taken from a folder that belongs to this user, that no other user can write to, and that
nobody else can exchange for another one further up.
"""

import atexit
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def private_folder(wanted: Path) -> Path:
    """Make a folder that is this user's alone, or return a temporary one.

    Parameters
    ----------
    wanted : Path
        Made with mode 0700 where there is none, and so are the folders above.

    Returns
    -------
    Path
        `wanted`; where that cannot be made, or is somebody else's or open to others, a folder that
        is removed when the program ends.
    """
    try:
        for folder in reversed((wanted, *wanted.parents)):
            folder.mkdir(mode=0o700, exist_ok=True)
        folder = wanted.resolve()
        if is_ours_alone(folder) and all(map(_is_no_trap, folder.parents)):
            return folder
    except OSError:  # a read-only or full disk, or no permission
        pass
    return _temporary_folder()


def is_ours_alone(path: Path) -> bool:
    """Whether a file or folder belongs to this user, and no other may write to it.

    Parameters
    ----------
    path : Path
        A symbolic link is nobody's: what it leads to may change.

    Raises
    ------
    OSError
        If there is no such file.
    """
    status = path.lstat()
    is_plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return is_plain and status.st_uid == _this_user() and not status.st_mode & OTHERS_WRITE


def _is_no_trap(parent: Path) -> bool:
    """Whether nobody but this user and root can exchange what is in a folder."""
    status = parent.stat()
    is_private = not status.st_mode & stat.S_IWOTH and (
        not status.st_mode & stat.S_IWGRP or _has_one_member(status.st_gid)
    )
    is_safe = is_private or bool(status.st_mode & stat.S_ISVTX)
    return is_safe and status.st_uid in (0, _this_user())


def _has_one_member(group: int) -> bool:
    """Whether a group is this user's alone, of the same name, as many systems give everybody."""
    try:
        import grp
        import pwd

        user, members = pwd.getpwuid(_this_user()), grp.getgrgid(group)
    except (ImportError, KeyError):  # Windows; a user or group without a name
        return False
    is_own = group == user.pw_gid and members.gr_name == user.pw_name
    return is_own and set(members.gr_mem) <= {user.pw_name}


def _this_user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0  # Windows: as `stat` has it


@cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="backpaint-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
