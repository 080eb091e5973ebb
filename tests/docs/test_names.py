"""Names in prose: files, modules and words between backticks are there, under these names.

The prose is docstrings, comments and pages.  Names of files are looked for among all files, words
in all code; of a dotted name that begins with one of our modules or classes the rest must be
defined in it.
"""

import ast
import keyword
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from backpaint.problem.recipe import Recipe

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ("src", "reference", "cpu", "fast", "gpu", "weights")

SPAN = re.compile(r"(`+)([^`]+)\1")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
FILE = re.compile(r"(?<![\w./<-])[\w/-]+\.(?:py|cu|cuh|h|md|toml)\b")

WITHIN = (
    *("body", "orelse", "finalbody", "handlers", "cases", "names", "items"),
    *("targets", "target", "optional_vars", "elts"),
)
"""Fields of syntax that hold statements, or what they define or assign to."""

LEXEME = re.compile(
    r'''^[ \t]*[rR]?"""(?P<docstring>(?:[^\\]|\\.)*?)"""'''
    r"""|"{3}(?:[^\\]|\\.)*?"{3}|'{3}(?:[^\\]|\\.)*?'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    r"""|(?P<comment>\#[^\n]*)""",
    flags=re.M | re.S,
)
"""Of Python: docstrings, which begin a line, other strings, comments.  Parsing takes seconds."""

FOREIGN_PAGES = ("docs/notation.md", "docs/systems/")
FOREIGN = {
    **dict.fromkeys(("conv1_1_W", "conv1_1_w_0", "save_weights"), "Keras"),
    **dict.fromkeys(("vgg0_conv0_weight", "vgg0_dense2_bias"), "ONNX' model zoo"),
    **dict.fromkeys(("DagNN", "utils/import-caffe.py"), "MatConvNet"),
    **dict.fromkeys(("WeightedContentLoss", "consistencyChecker"), "artistic-videos"),
    "INTER_AREA": "OpenCV",
    **dict.fromkeys(("jax", "printf", "skimage", "tf", "torch"), "the library of the name"),
    "_weights_tf_dim_ordering_tf_kernels": "Keras",
    "pool.py": "the reader",
    **dict.fromkeys(("clip.cu", "gpu/kernels/clip.cu", "checkerboard"), "docs/develop"),
    **dict.fromkeys(
        ("weights/formats/raw.py", "tests/weights/formats/test_raw.py"), "docs/develop"
    ),
}
"""Files, words and first parts of dotted names that are not ours, and whose they are."""


@cache
def files() -> tuple[Path, ...]:
    """List the repository's files, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = (Path(line) for line in listed.stdout.splitlines())
    return tuple(path for path in paths if (ROOT / path).is_file())


def code(*suffixes: str) -> list[Path]:
    return [path for path in files() if path.suffix in suffixes and path.name != "test_names.py"]


@cache
def tails() -> frozenset[str]:
    """Collect the ends of all files' names, from any folder on."""
    return frozenset("/".join(path.parts[i:]) for path in files() for i in range(len(path.parts)))


@cache
def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def walk(node: ast.AST) -> list[ast.AST]:
    """List a node and the statements within it, and what these define or assign to."""
    found = [node]
    for each in found:
        for field in WITHIN:
            inner = getattr(each, field, None)
            if isinstance(inner, list):
                found += inner
            elif isinstance(inner, ast.AST):
                found.append(inner)
    return found


@cache
def nodes(path: Path) -> list[ast.AST]:
    """List the statements of a module, and what they assign to; the module first."""
    return walk(ast.parse(read(path)))


class Lexed(NamedTuple):
    """A module's prose, and the rest."""

    docstrings: list[str]
    comments: list[str]
    code: str


@cache
def lexed(path: Path) -> Lexed:
    """Tell texts that stand as statements and comments from code."""
    docstrings, comments = [], []

    def kept(found: re.Match) -> str:
        if found["docstring"] is not None:
            docstrings.append(found["docstring"])
            return ""
        if found["comment"] is not None:
            comments.append(found["comment"])
            return ""
        return found[0]

    return Lexed(docstrings, comments, LEXEME.sub(kept, read(path)))


def mentioned(path: Path) -> set[str]:
    """Collect what a file's prose names: between backticks, and files in comments too."""
    text, comments = read(path), ""
    if path.suffix == ".py":
        comments, text = "\n".join(lexed(path).comments), "\n".join(lexed(path).docstrings)
    elif path.suffix == ".md":
        text = re.sub(r"^(```+).*?^\1", "", text, flags=re.M | re.S)
    else:
        text = comments = "\n".join(re.findall(r"//.*", text))
    spans = SPAN.findall(text)
    names = {span for ticks, span in spans if ticks == "`" and NAME.fullmatch(span)}
    return names | set(FILE.findall("\n".join([*(span for _, span in spans), comments])))


@cache
def words() -> frozenset[str]:
    """Collect every name in code, and the words of its strings."""
    found = {part for path in files() for part in (*path.parts, path.stem)}
    for path in code(".cu", ".cuh", ".h", ".toml"):
        found |= set(re.findall(r"\w+", re.sub(r"//.*", "", read(path))))
    for path in code(".py"):
        found |= set(re.findall(r"\w+", lexed(path).code)) - {*keyword.kwlist}
    return frozenset(found)


def modules() -> list[Path]:
    return [path for path in code(".py") if path.parts[0] in PACKAGE]


def defined(syntax: Iterable[ast.AST]) -> set[str]:
    """Collect what code defines, imports or assigns to, attributes included."""
    found = set()
    for node in syntax:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return found


@cache
def members() -> dict[tuple[str, ...], set[str]]:
    """Collect what each module and each class of the package has, by its dotted name."""
    found: dict[tuple[str, ...], set[str]] = {}
    for path in modules():
        parts = ("backpaint", *path.with_suffix("").parts[2 * (path.parts[0] == "src") :])
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        found.setdefault(parts[:-1], set()).add(parts[-1])
        found.setdefault(parts, set()).update(defined(nodes(path)))
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                found[*parts, node.name] = defined(walk(node))
    return found


@cache
def members_by_tail() -> dict[tuple[str, ...], set[str]]:
    """Collect the same by all ends of dotted names."""
    found: dict[tuple[str, ...], set[str]] = {}
    for dotted, names in members().items():
        for start in range(len(dotted)):
            found.setdefault(dotted[start:], set()).update(names)
    return found


@cache
def ours() -> frozenset[str]:
    """Collect what dotted names of ours begin with: the package, and its modules and classes."""
    return frozenset(part for dotted in members() for part in (*dotted[:1], *dotted[-1:]))


@cache
def names_in_recipes() -> frozenset[str]:
    """Collect the keys of a recipe's sections."""
    sections = (names for dotted, names in members().items() if dotted[2:3] == ("recipe",))
    return frozenset().union(*sections)


@cache
def is_there(name: str) -> bool:
    """Whether what prose names exists."""
    parts = tuple(name.split("."))
    if name in FOREIGN or parts[0] in FOREIGN:
        return True
    if FILE.fullmatch(name):
        return name in tails()
    if not set(parts) <= words():
        return False
    return (
        len(parts) == 1
        or parts[0] not in ours()
        or parts in members_by_tail()
        or parts[-1] in members_by_tail().get(parts[:-1], ())
        or (parts[0] in Recipe.__struct_fields__ and parts[1] in names_in_recipes())
    )


@pytest.mark.parametrize("suffix", [".py", ".cu", ".cuh", ".h", ".md"])
def test_whatever_prose_names_is_there(suffix):
    missing = [
        f"{path} names {name}"
        for path in code(suffix)
        if not path.as_posix().startswith(FOREIGN_PAGES)
        for name in sorted(mentioned(path))
        if not is_there(name)
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("reference/conv.py", True),
        ("cpu/conv.py", False),
        ("backpaint.reference.conv.conv_forward", True),
        ("conv.conv_forward", True),
        ("backpaint.conv.conv_forward", False),
        ("relu.conv_forward", False),
        ("Objective.evaluate", True),
        ("Objective.conv_forward", False),
        ("style.weight", True),
        ("no_such_word", False),
        ("conv_forward", True),
        ("np.clip", True),
    ],
)
def test_a_stale_name_is_noticed(name, there):
    assert is_there(name) == there


def test_docstrings_are_found_as_by_parsing():
    for path in modules():
        values = (node.value for node in nodes(path) if isinstance(node, ast.Expr))
        texts = [value.value for value in values if isinstance(value, ast.Constant)]
        texts = [text for text in texts if isinstance(text, str)]
        found = [text for text in lexed(path).docstrings if "\\" not in text]
        assert set(found) <= set(texts), path
        assert len(lexed(path).docstrings) == len(texts), path
