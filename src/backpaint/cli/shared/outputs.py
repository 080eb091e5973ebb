"""Where a painting command writes, and how much it says."""

import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import click

from ...errors import UsageError
from ...images import check_writable
from ...painting.plot import check_plot
from ...regular_file import is_same_file
from ...words import printable_lines


@dataclass(frozen=True)
class Outputs:
    """Where a command writes, and how much it says.

    Attributes
    ----------
    picture : str
        The painting.
    save_every : int or None
        Iterations between pictures on the way.
    log_path, plot_path : str or None
    profile : bool
        Whether to print at the end where an evaluation's time goes.
    quiet : bool
    """

    picture: str
    save_every: int | None
    log_path: str | None
    plot_path: str | None
    profile: bool
    quiet: bool

    def check(self, *inputs: str) -> None:
        """Refuse, before any work, what could not be written or would destroy an input."""
        check_writable(self.picture)
        if self.plot_path is not None:
            check_plot(self.plot_path)
        written = [path for path in (self.picture, self.log_path, self.plot_path) if path]
        for path in written:
            if any(is_same_file(path, source) for source in inputs):
                raise UsageError(f"{path} is an input as well as an output; choose another output")
        pictures = re.compile(rf"{re.escape(Path(self.picture).stem)}-\d{{4,}}")
        if self.save_every and any(pictures.fullmatch(Path(source).stem) for source in inputs):
            raise UsageError("--save-every would write over an input; choose another output")
        if any(is_same_file(one, other) for one, other in combinations(written, 2)):
            raise UsageError("two outputs have the same name; choose another one")

    def say(self, text: str) -> None:
        """Print, unless nothing is to be said."""
        if not self.quiet:
            click.echo(printable_lines(text))

    def numbered(self, iteration: int) -> Path:
        """Name the picture of one iteration: ``out-0050.png``."""
        path = Path(self.picture)
        return path.with_name(f"{path.stem}-{iteration:04d}{path.suffix}")
