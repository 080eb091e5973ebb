"""The output files of a command, and its verbosity."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ...errors import UsageError
from ...film import Film
from ...images import Photograph, check_writable, read_metadata, write_image
from ...images.source import is_standard_input
from ...images.write import is_standard_output
from ...painting.diary.plot import check_plot
from ...problem.pixels import Pixels
from ...problem.recipe import Recipe
from ...regular_file import is_same_file, is_there
from ...whole_file import refuse_long_name
from ...words import printable
from .messages import tell
from .rescue import save_somewhere


@dataclass(frozen=True)
class Outputs:
    """The output files of a command, and its verbosity.

    Attributes
    ----------
    picture : str
        The painting, or a view; ``-`` is standard output.
    save_every : int or None
        Iterations between pictures on the way.
    log_path, plot_path : str or None
    style_paths : tuple of str
        Of each style as the network is shown it; empty if they are not wanted.
    profile : bool
        Whether to print at the end where an evaluation's time goes.
    quiet : bool
    no_clobber : bool
        Whether a file that exists is to be kept.
    checkpoint_path : str or None
        Where the run is kept.
    checkpoint_every : int or None
        Iterations between two versions of it.
    film : Film or None
        Of the descent.
    """

    picture: str
    save_every: int | None = None
    log_path: str | None = None
    plot_path: str | None = None
    style_paths: tuple[str, ...] = ()
    profile: bool = False
    quiet: bool = False
    no_clobber: bool = False
    checkpoint_path: str | None = None
    checkpoint_every: int | None = None
    film: Film | None = None

    def check(self, *inputs: str | None) -> None:
        """Refuse, before any work, what could not be written or would destroy an input."""
        from ...checkpoint import EVERY, require_keepable

        check_writable(self.picture)
        if self.plot_path is not None:
            check_plot(self.plot_path)
        for path in self.style_paths:
            check_writable(path)
        if self.film is not None:
            self.film.check()
        if self.checkpoint_path is not None:
            if is_standard_output(self.checkpoint_path):
                raise UsageError(
                    "--checkpoint is standard output; expected a file's name such as out.backpaint"
                )
            require_keepable(self.checkpoint_path, self.checkpoint_every or EVERY)
        elif self.checkpoint_every is not None:
            raise UsageError("--checkpoint-every came without --checkpoint; name a file with it")
        if self.save_every:
            refuse_long_name(self.numbered(999_999))
        sources = [path for path in inputs if path is not None and not is_standard_input(path)]
        self._refuse_inputs(sources)
        existing = self._existing()
        if existing and self.no_clobber:
            raise UsageError(
                f"{existing[0]} exists, and --no-clobber keeps what exists; choose another output"
            )

    def refuse_originals(self, names: Collection[str]) -> None:
        """Raise UsageError where a file may be a picture that a run was made of.

        Only the names of those are known, not their folders; what carries settings was painted.
        """
        for path in self._existing():
            if _is_named(path, names) and not _carries_settings(path):
                raise UsageError(
                    f"{path} has the name of a picture that the run was made of, and no settings "
                    "of backpaint; name another output with -o"
                )

    def say_replaced(self) -> None:
        """Print which files will be replaced, once nothing more can be refused."""
        if existing := self._existing():
            self.say(f"note: replacing {', '.join(map(printable, existing))}")

    def say(self, text: str) -> None:
        """Print, unless nothing is to be said; beside a picture that goes to standard output."""
        if not self.quiet:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Print whatever --quiet says."""
        tell(text, "stderr" if is_standard_output(self.picture) else "stdout")

    def save(self, save: Callable[[str], None]) -> None:
        """Write the picture by a function of its path; if that fails, keep it elsewhere."""
        save_somewhere(save, self.picture)

    def require_style(self, count: int, recipe: Recipe) -> None:
        """Raise UsageError where styles shall be written that the recipe does not look at."""
        if self.style_paths and not count:
            raise UsageError(
                f"--save-style: the recipe {recipe.name} looks at no style; leave the option out"
            )

    def save_styles(self, styles: Iterable[Photograph], shown: Iterable[Pixels]) -> None:
        """Write the styles as the network is shown them, where that is wanted."""
        for path, style, pixels in zip(self.style_paths, styles, shown, strict=False):
            write_image(path, pixels.clip(0, 255))
            self.say(f"wrote {printable(path)}, {printable(style.name)} as the network is shown it")

    def numbered(self, iteration: int) -> Path:
        """Name the picture of one iteration: ``out-0050.png``."""
        path = Path(self.picture)
        return path.with_name(f"{path.stem}-{iteration:04d}{path.suffix}")

    def _files(self) -> list[str]:
        picture = None if is_standard_output(self.picture) else self.picture
        film = None if self.film is None else str(self.film.path)
        others = (self.log_path, self.plot_path, self.checkpoint_path, film, *self.style_paths)
        return [path for path in (picture, *others) if path]

    def _refuse_inputs(self, sources: list[str]) -> None:
        written = self._files()
        for path in written:
            if any(is_same_file(path, source) for source in sources):
                raise UsageError(f"{path} is an input as well as an output; choose another output")
        if self.save_every and is_standard_output(self.picture):
            raise UsageError("--save-every numbers the output's name; name a file with -o")
        if self.save_every and any(self._is_numbered(Path(source)) for source in sources):
            raise UsageError("--save-every would write over an input; choose another output")
        if self.save_every and any(self._is_on_the_way(Path(path)) for path in written):
            raise UsageError(
                "--save-every would write over another output; choose another name for that"
            )
        if any(is_same_file(one, other) for one, other in combinations(written, 2)):
            raise UsageError("two outputs have the same name; choose another one")

    def _existing(self) -> list[str]:
        """List what will be replaced."""
        found = [path for path in self._files() if is_there(path)]
        if self.save_every:
            beside = sorted(Path(self.picture).parent.iterdir())
            suffix = Path(self.picture).suffix
            found += [str(p) for p in beside if self._is_numbered(p) and p.suffix == suffix]
        return found

    def _is_on_the_way(self, path: Path) -> bool:
        """Whether a file will be a picture on the way, in its folder and with its suffix."""
        whole = Path(self.picture)
        is_beside = path.resolve().parent == whole.resolve().parent
        is_alike = path.suffix.casefold() == whole.suffix.casefold()
        return is_beside and is_alike and self._is_numbered(path)

    def _is_numbered(self, path: Path) -> bool:
        """Whether a file has the name of a picture on the way."""
        stem = re.escape(Path(self.picture).stem)
        return re.fullmatch(rf"{stem}-\d{{4,}}", path.stem) is not None


def _is_named(path: str, names: Collection[str]) -> bool:
    """Whether a file, or what it links to, has one of some names, as a careless system sees it."""
    wanted = {name.casefold() for name in names}
    return not wanted.isdisjoint({Path(path).name.casefold(), Path(path).resolve().name.casefold()})


def _carries_settings(path: str) -> bool:
    """Whether a picture was written by backpaint."""
    try:
        return read_metadata(path) is not None
    except UsageError:
        return False


def style_paths(path: str | None, count: int) -> tuple[str, ...]:
    """Name the files of the styles: the one that was given, or ``shown-1.png``, ``shown-2.png``.

    Raises
    ------
    UsageError
        If it is standard output, which the painting may have.
    """
    if path is None:
        return ()
    if is_standard_output(path):
        raise UsageError("--save-style is -; expected a file's name such as shown.png")
    if count == 1:
        return (path,)
    whole = Path(path)
    return tuple(
        str(whole.with_name(f"{whole.stem}-{number}{whole.suffix}"))
        for number in range(1, count + 1)
    )
