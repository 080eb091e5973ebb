"""Break the reference in every small way there is, and see whether the tests notice.

A mutant is one file of `reference/` with one sign, factor, comparison, bound, axis or argument
changed, or one statement left out.  It is killed if the tests of its file fail.  One that survives
is either the same function in another form (listed in `equivalent_mutants.toml` with the reason)
or a hole in the tests.

    python bench/mutation.py                 # all files; writes docs/proof/mutation.md
    python bench/mutation.py conv gram       # some files; prints what survives
"""

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = ROOT / "bench" / "equivalent_mutants.toml"
REPORT = ROOT / "docs" / "proof" / "mutation.md"
PROCESSES = 2
TIME_LIMIT = 60
NO_TESTS = 5

OPERATIONS = "test_operations.py"
TESTS: dict[str, tuple[str, ...]] = {
    "arrays": ("", "test_arrays.py", "test_conv.py"),
    "average_pool": ("average_pool and not overlapping", "test_average_pool.py", OPERATIONS),
    "conv": ("conv", "test_conv.py", OPERATIONS),
    "gram": ("gram", "test_gram.py", OPERATIONS),
    "linear": ("linear", "test_linear.py", OPERATIONS),
    "max_pool": ("max_pool", "test_max_pool.py", OPERATIONS),
    "naive": ("naive or (loops and (conv or pool))", "test_naive.py", OPERATIONS),
    "network": ("not real", "test_network.py"),
    "objective": ("not test_directional_derivative[", "test_objective.py"),
    "overlapping_average_pool": (
        "overlapping_average_pool",
        "test_overlapping_average_pool.py",
        OPERATIONS,
    ),
    "preprocess": ("preprocess", "test_preprocess.py", OPERATIONS),
    "relu": ("relu", "test_relu.py", OPERATIONS),
    "smoothness": ("smoothness", "test_smoothness.py", OPERATIONS),
    "softmax": ("softmax", "test_softmax.py", OPERATIONS),
    "squared_error": ("squared_error", "test_squared_error.py", OPERATIONS),
    "terms": ("", "test_terms.py"),
    "total_variation": ("total_variation", "test_total_variation.py", OPERATIONS),
    "windows": ("", "test_windows.py", "test_max_pool.py"),
}
"""For each file, which tests have to notice: pytest's ``-k``, and the files to look in."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    module: str
    function: str
    before: str
    after: str
    code: CodeType

    @property
    def key(self) -> tuple[str, ...]:
        return (self.module, self.function, self.before, self.after)


# ---------------------------------------------------------------- what is changed

OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
NOT_COMMUTATIVE = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)


def alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in a node's place."""
    match node:
        case ast.BinOp(left, operator, right):
            yield from (ast.BinOp(left, new(), right) for new in OPERATORS[type(operator)])
            if isinstance(operator, NOT_COMMUTATIVE):
                yield ast.BinOp(right, operator, left)
        case ast.AugAssign(target, operator, value):
            yield from (ast.AugAssign(target, new(), value) for new in OPERATORS[type(operator)])
            yield ast.Pass()
        case ast.Compare(left, [operator], comparators):
            for new in OPERATORS[type(operator)]:
                yield ast.Compare(left, [new()], comparators)
        case ast.Compare(left, [first, second], comparators):
            for new in OPERATORS[type(first)]:
                yield ast.Compare(left, [new(), second], comparators)
            for new in OPERATORS[type(second)]:
                yield ast.Compare(left, [first, new()], comparators)
        case ast.BoolOp(operator, values):
            yield from (ast.BoolOp(new(), values) for new in OPERATORS[type(operator)])
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield from (
                ast.Constant(v)
                for v in dict.fromkeys([value + 1, value - 1, 2 * value])
                if v != value
            )
        case ast.IfExp(test, body, otherwise):
            yield ast.IfExp(test, otherwise, body)
        case ast.Slice(lower, upper, step):
            yield from (ast.Slice(bound, upper, step) for bound in shifted(lower))
            yield from (ast.Slice(lower, bound, step) for bound in shifted(upper))
        case ast.Call(function, [first, second, *rest], keywords) if not is_symmetric(function):
            if ast.unparse(first) != ast.unparse(second):
                yield ast.Call(function, [second, first, *rest], keywords)
        case ast.Expr(ast.Call()) | ast.Assign([ast.Subscript()]) | ast.Continue():
            yield ast.Pass()


def is_symmetric(function: ast.expr) -> bool:
    return ast.unparse(function) in ("max", "np.maximum")


def shifted(bound: ast.expr | None) -> Iterator[ast.expr]:
    """Move a bound that is not a number by one; numbers are changed where they stand."""
    if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp):
        yield ast.BinOp(bound, ast.Add(), ast.Constant(1))
        yield ast.BinOp(bound, ast.Sub(), ast.Constant(1))


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Yield (parent, field, index) of every node that computes: no types, no docstrings.

    Left alone are the ``strict=True`` of a zip, which guards what holds anyway, and the -1 of a
    reshape, since NumPy takes every negative number there.
    """
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST) and not is_left_alone(node, child):
                yield node, field, index
                yield from places(child)


def is_left_alone(parent: ast.AST, node: ast.AST) -> bool:
    match parent, node:
        case _, ast.keyword("strict"):
            return True
        case ast.Call(ast.Attribute(_, "reshape")), ast.UnaryOp():
            return True
    return False


def mutants(module: str) -> Iterator[Mutant]:
    """Yield every mutant of one file."""
    path = ROOT / "reference" / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for parent, field, index in list(places(tree)):
        original = get(parent, field, index)
        function, line = surroundings(parents, original)
        before = ast.unparse(line)
        for new in list(alternatives(original)):
            put(parent, field, index, ast.copy_location(new, original))
            after = ast.unparse(new if line is original else line)
            code = compile(ast.fix_missing_locations(tree), str(path), "exec")
            put(parent, field, index, original)
            yield Mutant(module, function, shorten(before), shorten(after), code)


def get(parent: ast.AST, field: str, index: int | None) -> ast.AST:
    value = getattr(parent, field)
    return value if index is None else value[index]


def put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def surroundings(parents: dict[ast.AST, ast.AST], node: ast.AST) -> tuple[str, ast.AST]:
    """Find the function that a node is in, and the statement or the head of one."""
    line = node
    while not isinstance(line, ast.stmt | ast.arguments) and not is_head(parents[line], line):
        line = parents[line]
    outer = line
    while outer in parents and not isinstance(outer, ast.FunctionDef):
        outer = parents[outer]
    return outer.name if isinstance(outer, ast.FunctionDef) else "module", line


def is_head(statement: ast.AST, node: ast.AST) -> bool:
    """Tell whether a node is what an `if`, `while`, `for` or `with` looks at."""
    looked_at = (getattr(statement, field, None) for field in ("test", "iter", "items"))
    return isinstance(statement, ast.stmt) and any(
        node is part or (isinstance(part, list) and node in part) for part in looked_at
    )


def shorten(code: str) -> str:
    return " ".join(code.split())


# ---------------------------------------------------------------- whether it is noticed


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Give a mutant's code to whoever imports its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.code = f"backpaint.reference.{mutant.module}", mutant.code

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def run_tests(module: str) -> int:
    """Run the tests of one file in this process, quietly; 0 if they pass."""
    import pytest

    keyword, *files = TESTS[module]
    options = [
        f"--rootdir={ROOT}",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:unraisableexception",
        "-m",
        "not slow",
    ]
    paths = [str(ROOT / "tests" / "reference" / name) for name in files]
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        return int(pytest.main([*options, "-k", keyword, *paths]))


def start(module: str, mutant: Mutant | None) -> int:
    """Fork a process that runs the tests, and give its id; its exit code is theirs."""
    child = os.fork()
    if child == 0:
        signal.alarm(TIME_LIMIT)
        if mutant is not None:
            sys.meta_path.insert(0, Mutated(mutant))
        with contextlib.suppress(BaseException):
            os._exit(run_tests(module))
        os._exit(1)
    return child


def exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    if code == NO_TESTS:
        raise RuntimeError("no tests were selected")
    return code


def survivors(todo: list[Mutant]) -> list[Mutant]:
    """Run the tests on every mutant, some at a time, and give those that passed."""
    running: dict[int, Mutant] = {}
    survived: list[Mutant] = []
    for mutant in [*todo, *[None] * PROCESSES]:
        if len(running) == PROCESSES or (mutant is None and running):
            child, status = os.wait()
            done = running.pop(child)
            if exit_code(status) == 0:
                survived.append(done)
        if mutant is not None:
            running[start(mutant.module, mutant)] = mutant
    return survived


# ---------------------------------------------------------------- the report


@dataclass(frozen=True)
class Result:
    """What became of the mutants of one file."""

    module: str
    total: int
    equivalent: list[Mutant]
    survived: list[Mutant]


def reasons() -> dict[tuple[str, ...], str]:
    """Read why some mutants are the same function."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {
        (entry["module"], entry["function"], entry["before"], after): entry["reason"]
        for entry in entries
        for after in entry["after"]
    }


def examine(module: str) -> Result:
    """Run all mutants of one file."""
    _, status = os.waitpid(start(module, None), 0)
    if exit_code(status) != 0:
        raise RuntimeError(f"the tests of {module} fail without any mutant")
    everything = list(mutants(module))
    known = reasons()
    alive = survivors(everything)
    return Result(
        module,
        len(everything),
        [mutant for mutant in alive if mutant.key in known],
        [mutant for mutant in alive if mutant.key not in known],
    )


def table(results: list[Result]) -> str:
    """Write the report in Markdown."""
    rows = [
        (
            f"`{r.module}.py`",
            r.total,
            r.total - len(r.equivalent) - len(r.survived),
            len(r.equivalent),
            len(r.survived),
        )
        for r in results
    ]
    rows.append(("all", *(sum(row[column] for row in rows) for column in range(1, 5))))
    lines = [
        "# Mutants of the reference",
        "",
        "Each mutant is one file of `reference/` with one thing changed: a sign, an operator or",
        "the order of its operands, a number (plus one, minus one, doubled), a comparison, a",
        "bound of a slice, an axis, two arguments exchanged, a branch, or a statement left out.",
        "The tests of that file have to fail. Made by `python bench/mutation.py`.",
        "",
        "| file | mutants | killed | equivalent | survived |",
        "|---|---:|---:|---:|---:|",
        *("| " + " | ".join(map(str, row)) + " |" for row in rows),
        "",
        "## Equivalent mutants",
        "",
        "They compute the same numbers, so no test can tell them apart.",
        "",
    ]
    known = reasons()
    for mutant in (mutant for result in results for mutant in result.equivalent):
        lines += [f"- {describe(mutant)}  ", f"  {known[mutant.key]}"]
    survived = [mutant for result in results for mutant in result.survived]
    if survived:
        lines += ["", "## Survivors", "", *(f"- {describe(mutant)}" for mutant in survived)]
    return "\n".join(lines) + "\n"


def describe(mutant: Mutant) -> str:
    return f"`{mutant.module}.{mutant.function}`: `{mutant.before}` became `{mutant.after}`"


def main(chosen: list[str]) -> int:
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for heavy in (
        "numpy.testing",
        "pytest",
        "scipy.optimize",
        "torch.fx.experimental.symbolic_shapes",
    ):
        importlib.import_module(
            heavy
        )  # once, before every fork; PyTorch's autograd imports the last
    gc.freeze()
    os.chdir(ROOT)
    results = []
    for module in chosen or TESTS:
        results.append(examine(module))
        result = results[-1]
        print(f"{module}: {result.total} mutants, {len(result.equivalent)} equivalent", flush=True)
        for mutant in result.survived:
            print(f"  survived: {mutant.function}: {mutant.before}  ->  {mutant.after}", flush=True)
    if not chosen:
        REPORT.write_text(table(results), encoding="utf-8")
    return 1 if any(result.survived for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
