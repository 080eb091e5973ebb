"""Every small way to break a file: one sign, factor, comparison, bound, axis, argument, statement.

Used by `mutation.py` and `mutation_sample.py`.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOM = Path(__file__).resolve().parents[1] / "reference"


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


OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitXor: (ast.BitOr,),
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


def unchanged(module: str) -> Mutant:
    """Return the file as it is: a mutant that must survive."""
    path = ROOM / f"{module}.py"
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    return Mutant(module, "module", "", "", code)


@dataclass(frozen=True)
class Change:
    """One node of a tree, and what may stand there."""

    parent: ast.AST
    field: str
    index: int | None
    original: ast.AST
    new: ast.AST

    @contextmanager
    def made(self) -> Iterator[None]:
        put(self.parent, self.field, self.index, ast.copy_location(self.new, self.original))
        try:
            yield
        finally:
            put(self.parent, self.field, self.index, self.original)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Yield every change of a file, in the order of its text."""
    for parent, field, index in list(places(tree)):
        original = get(parent, field, index)
        for new in alternatives(original):
            yield Change(parent, field, index, original, new)


def words(tree: ast.Module, change: Change) -> tuple[str, str, str]:
    """Return the function that a change is in, and its statement before and after it."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    function, line = surroundings(parents, change.original)
    before = ast.unparse(line)
    with change.made():
        after = ast.unparse(change.new if line is change.original else line)
    return function, shorten(before), shorten(after)


def lines(tree: ast.Module) -> set[tuple[str, str]]:
    """Return all that `words` may say a change is in: functions, and statements in them."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = {surroundings(parents, node) for node in parents}
    return {(function, shorten(ast.unparse(line))) for function, line in found}


def mutants(module: str) -> Iterator[Mutant]:
    """Yield every mutant of one file."""
    path = ROOM / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for change in list(changes(tree)):
        function, before, after = words(tree, change)
        with change.made():
            code = compile(ast.fix_missing_locations(tree), str(path), "exec")
        yield Mutant(module, function, before, after, code)


def get(parent: ast.AST, field: str, index: int | None) -> ast.AST:
    value = getattr(parent, field)
    node: ast.AST = value if index is None else value[index]
    return node


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
    """Whether a node is what an `if`, `while`, `for` or `with` looks at."""
    looked_at = (getattr(statement, field, None) for field in ("test", "iter", "items"))
    return isinstance(statement, ast.stmt) and any(
        node is part or (isinstance(part, list) and node in part) for part in looked_at
    )


def shorten(code: str) -> str:
    return " ".join(code.split())
