"""The command line: one command a file, imported when it is asked for."""

import sys
from importlib import import_module

import click
from click.exceptions import NoArgsIsHelpError

from .. import __version__
from ..address_space import note_on_limit
from ..errors import INTERRUPTED, BackpaintError, did_you_mean
from ..words import printable
from .shared.messages import UNWRITABLE, replace_unknown_characters, silence, tell, unheard

COMMANDS = (
    "paint",
    "batch",
    "demo",
    "fast",
    "video",
    "texture",
    "reconstruct",
    "resume",
    "sheet",
    "mask",
    "show",
    "presets",
    "weights",
    "classify",
    "look",
    "gradient",
    "check",
    "compare",
    "serve",
    "explain",
    "vectors",
    "completion",
)
"""In the order of the help page; each is a module of this folder with a command of its name."""

LONGEST_ERROR = 4000
"""Characters: two paths may be as long as a file system lets them."""


class _CommandsByModule(click.Group):
    """Finds each command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f".{cmd_name}", __name__), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = did_you_mean(name, COMMANDS)
        ctx.fail(f"No such command {name!r}{near}; there are {', '.join(COMMANDS)}.")


@click.group(
    cls=_CommandsByModule,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the run failed, 2 wrong use or unreadable input, "
    "130 interrupted (the picture so far is kept).",
)
@click.version_option(__version__, prog_name="backpaint")
def cli() -> None:
    """Paint one picture in the style of another, by gradients written by hand.

    \b
    backpaint demo -o demo.png
    backpaint paint photo.jpg style.jpg -o painting.png
    backpaint paint photo.jpg style.jpg -o painting.png --preset tf-tutorial --size 256
    backpaint presets
    """


def main() -> None:
    """Run the command line; a user's mistake ends in one sentence, never in a traceback."""
    replace_unknown_characters()
    if note := note_on_limit():
        tell(note, "stderr")
    code = _exit_code()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = _output_lost(error)
    sys.exit(code)


def _exit_code() -> int:
    """Run the command line, and turn what ends it into a sentence and an exit code."""
    try:
        code = cli.main(prog_name="backpaint", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except NoArgsIsHelpError as error:  # whoever types nothing wants to know what there is
        with unheard("stderr"):
            error.show()
        return 2
    except click.ClickException as error:
        tell(in_a_sentence(error), "stderr")
        return 2
    except BackpaintError as error:
        tell(f"backpaint: {printable(error, LONGEST_ERROR)}", "stderr")
        return error.exit_code
    except MemoryError:
        tell("backpaint: there is not enough memory; choose a smaller --size", "stderr")
        return 1
    except (click.Abort, KeyboardInterrupt):
        tell("backpaint: interrupted", "stderr")
        return INTERRUPTED
    except OSError as error:
        if error.errno not in UNWRITABLE or error.filename is not None:
            raise
        return _output_lost(error)


def in_a_sentence(error: click.ClickException) -> str:
    """Return what a command line cannot be read for, without the text of its usage."""
    context = getattr(error, "ctx", None)
    command = "backpaint" if context is None else context.command_path
    found = printable(error.format_message()).rstrip(".")
    return f"{command}: {found}; see {command} --help"


def _output_lost(error: OSError) -> int:
    """Report that standard output is lost, unless its reader left, as `head` does."""
    silence("stdout")
    if not isinstance(error, BrokenPipeError):
        tell(f"backpaint: the output could not be written: {error.strerror}", "stderr")
    return 1
