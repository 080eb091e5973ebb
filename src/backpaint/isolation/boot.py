"""The start of a child, which finds this package and all else where its parent found them.

It is a fresh interpreter, which does not know what a notebook put on ``sys.path``, nor from which
folder a relative PYTHONPATH was meant.
"""

import json
import sys
from pathlib import Path

_PACKAGE = __name__.partition(".")[0]
_HOME = [str(Path(folder).absolute().parent) for folder in sys.modules[_PACKAGE].__path__]
"""Where this package lies; asked for at once: a relative path means another place later."""
_BOOT = """
import json, sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
folders = json.loads(sys.argv.pop(1))
sys.path[:] = folders["path"] + [entry for entry in sys.path if entry not in folders["path"]]
spec = PathFinder.find_spec("PACKAGE", folders["home"])
sys.modules[spec.name] = package = module_from_spec(spec)
spec.loader.exec_module(package)
import_module(sys.argv.pop(1)).main()
""".replace("PACKAGE", _PACKAGE)
"""What the child runs: it takes this very package, wherever it was found, and then modules from
where this process has them."""


def boot_command(module: str) -> list[str]:
    """Return the command that runs the function ``main`` of one of this package's modules.

    Parameters
    ----------
    module : str
        Its dotted name.

    Returns
    -------
    list of str
        What is appended to it are the arguments of `main`, in ``sys.argv[1:]``.
    """
    return [
        *(sys.executable, "-P", f"-Xutf8={sys.flags.utf8_mode}"),  # -P: no modules from here
        *("-c", _BOOT, json.dumps(module_folders()), module),
    ]


def module_folders() -> dict[str, list[str]]:
    """List where this process finds modules: a notebook may have put a clone on its path.

    The empty entry, which stands for the folder of the moment, is left out.
    """
    return {"home": _HOME, "path": [str(Path(entry).absolute()) for entry in sys.path if entry]}
