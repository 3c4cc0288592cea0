"""Writes docs/errors.md from the code: every error code, its causes, its next steps, and where it comes from.

python -m tests.unit.error_index, or `make errors`
"""

import ast
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from string import Formatter

from api import errors as api_errors
from receiver import errors, github_errors
from receiver.errors import ErrorKind

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
COMPUTED = "…"
HEAD = """# Errors

Made from the code by `make errors`; [a test](../tests/unit/test_error_index.py) compares. “…” stands for what is known
only when it happens, such as a name. How to add an error: [extending.md](extending.md#an-error).
"""
ACTION = """
## Of the action

In the run's annotation, in its summary, and as the exit code of the step.

| code | exit | what happened | likely cause | next step | file |
|---|---|---|---|---|---|
"""
RECEIVER = """
## Of the receiver and the api

`error` in the JSON of every answer that is not a success.

| `error` | what happened | likely cause | next step | file |
|---|---|---|---|---|
"""


@dataclass(frozen=True, eq=False)
class Source:
    """One file of the program."""

    path: Path
    tree: ast.Module

    def texts_of(self, nodes: list[ast.expr]) -> tuple[str, ...]:
        return tuple(text_of(node, self.constants) for node in nodes)

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """Return what the names at the top of the file stand for."""
        return {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """Return each call with the name of what is called, in the order of the file."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        return [
            (node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node)
            for node in sorted(found, key=lambda each: each.lineno)
            if isinstance(node.func, ast.Name | ast.Attribute)
        ]


@dataclass
class Kind:
    """One class of errors of the action."""

    code: str
    exit_code: int
    says: str
    causes: list[tuple[str, str, str]] = field(default_factory=list)  # cause, next step, file


@cache
def sources(box: str) -> list[Source]:
    return [Source(path, ast.parse(path.read_text())) for path in sorted((ROOT / box).rglob("*.py"))]


def text_of(node: ast.expr, constants: dict[str, ast.expr]) -> str:
    """Return a text as far as the code fixes it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(value, constants) for value in values)
        case ast.Name(id=name) if name in constants:
            return text_of(constants[name], {})
        case ast.IfExp(body=first, orelse=second):
            return " / ".join(text_of(each, constants) for each in (first, second))
    return COMPUTED


@cache
def kinds() -> list[Kind]:
    """Return the errors of the action, by exit code."""
    found: dict[str, Kind] = {}
    action = sources("action")
    for source in action:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and (values := values_of(node)).keys() >= {"code", "exit_code"}:
                says = (ast.get_docstring(node) or "").splitlines()[0]
                found[node.name] = Kind(str(values["code"]), int(str(values["exit_code"])), says)
    for source in action:
        for name, call in source.calls:
            if name in found and len(call.args) == 3:
                _, cause, step = source.texts_of(call.args)
                row = (cause, step, str(source.path.relative_to(ROOT)))
                if row not in found[name].causes:
                    found[name].causes.append(row)
    return sorted((kind for kind in found.values() if kind.causes), key=lambda kind: kind.exit_code)


def values_of(node: ast.ClassDef) -> dict[str, object]:
    """Return the constants of a class."""
    values: dict[str, object] = {}
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                values[name] = value
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                values[name] = value
    return values


@cache
def problems() -> list[tuple[str, ...]]:
    """Return the errors of the receiver, by their code: the rows of its tables."""
    rows = set()
    for table in (errors, github_errors, api_errors):
        file = f"{table.__name__.replace('.', '/')}.py"
        kinds = [value for value in vars(table).values() if isinstance(value, ErrorKind)]
        rows |= {(kind.code, *map(as_far_as_fixed, kind[2:]), file) for kind in kinds}
    return sorted(rows)


def as_far_as_fixed(text: str) -> str:
    """Return a text of the table with a sign for what is filled in."""
    return "".join(fixed + COMPUTED * (name is not None) for fixed, name, _, _ in Formatter().parse(text))


def page() -> str:
    """Return the whole document."""
    action = [
        row(f"`{kind.code}`" if first else "", str(kind.exit_code) if first else "", kind.says if first else "", *cause)
        for kind in kinds()
        for first, cause in ((number == 0, cause) for number, cause in enumerate(kind.causes))
    ]
    receiver = [row(f"`{code}`", *rest) for code, *rest in problems()]
    return HEAD + ACTION + "".join(action) + RECEIVER + "".join(receiver)


def row(*cells: str) -> str:
    """Return a line of a table; the last cell is a file."""
    *texts, file = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(texts)} | [{file}](../{file}) |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
