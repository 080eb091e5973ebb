"""The folder of `--keep`: each finished painting, under a name that nobody else has."""

import asyncio
from pathlib import Path
from shutil import copyfile

from ...errors import BackpaintError
from ...whole_file import whole_file
from .run import Run


async def keep_painting(run: Run, folder: Path) -> None:
    """Copy a finished painting to a folder; the run tells where that fails."""
    if run.painting is None:
        return
    try:
        await asyncio.to_thread(copy_new, run.painting, folder / run.file_name)
    except (BackpaintError, OSError) as error:
        run.add_note(f"not copied to the folder of --keep: {error}; download it here")


def copy_new(source: Path, target: Path) -> Path:
    """Copy a file under a name that is not taken yet.

    Returns
    -------
    Path
        What it is called now.

    Raises
    ------
    RunError
        If it cannot be written; then nothing of it is there.
    """
    number = 1
    wanted = target
    while wanted.exists():
        number += 1
        wanted = target.with_stem(f"{target.stem}-{number}")
    with whole_file(wanted) as part:
        copyfile(source, part)
    return wanted
