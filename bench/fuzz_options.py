"""What both fuzzers are asked for, and the folders that they work in."""

import argparse
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folders(records=None):
    """Make a folder for the files, one for those that nobody may read, and one for the records.

    A folder of records that is given is kept.
    """
    with tempfile.TemporaryDirectory() as temporary:
        made = [Path(temporary) / name for name in ("files", "secrets", "records")]
        made[2] = records or made[2]
        for folder in made:
            folder.mkdir(parents=True, exist_ok=True)
        yield made


def options(description, count):
    """Parse what both fuzzers are asked for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count, help="files per format")
    parser.add_argument("--formats", nargs="*", help="all by default")
    parser.add_argument("--records", type=Path, help="a folder; a run that was cut off goes on")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    return parser.parse_args()
