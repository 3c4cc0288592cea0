"""Every pattern of the packages that meet foreign text, found by walking their source: none can be forgotten."""

import ast
import builtins
import importlib
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
FOLDERS = ("action", "receiver", "api", "dashboard", "evaluator")
READERS = ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
NO_MODULES = {  # programs, run on import
    *("action/environment.py", "receiver/gunicorn.conf.py", "receiver/wsgi.py", "api/wsgi.py"),
}
Pattern = re.Pattern[Any]


@dataclass(frozen=True)
class Use:
    """A pattern of the source, and the ways in which it is used there."""

    place: str
    pattern: Pattern
    readers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.place} {self.pattern.pattern!r:.60}"

    def ways(self) -> list[Callable[[Any], object]]:
        """Return functions that read a text as the source does: once, or again and again from where a match ended."""
        once = [getattr(self.pattern, reader) for reader in ("search", "match", "fullmatch") if reader in self.readers]
        again = [lambda text: deque(self.pattern.finditer(text), 0)]
        return once + (again if self.readers - {"search", "match", "fullmatch"} else [])


@dataclass(frozen=True)
class Call:
    """One call of `re`, as the source has it."""

    place: str
    reader: str
    names: tuple[str, ...]  # what its result is bound to, if that is a name
    pattern: ast.expr
    flags: ast.expr | None

    @property
    def free(self) -> set[str]:
        """The names in the pattern that are not bound inside of it."""
        inside = [node for node in ast.walk(self.pattern) if isinstance(node, ast.Lambda)]
        bound = {argument.arg for node in inside for argument in node.args.args}
        return {node.id for node in ast.walk(self.pattern) if isinstance(node, ast.Name)} - bound


@cache
def modules() -> tuple[str, ...]:
    """Return the path of each module."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


def modules_with_patterns() -> list[str]:
    """Return the path of each module that names `re`; to parse them all takes too long while tests are collected."""
    return [name for name in modules() if name not in NO_MODULES and re.search(r"\bre\.", source(name))]


def source(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def nodes(name: str) -> tuple[ast.AST, ...]:
    """Return all of a module's tree."""
    return tuple(ast.walk(ast.parse(source(name))))


def calls_in(name: str) -> Iterator[Call]:
    """Yield the calls of `re` in a module."""
    bound = {
        id(node.value): tuple(target.id for target in node.targets if isinstance(target, ast.Name))
        for node in nodes(name)
        if isinstance(node, ast.Assign)
    }
    for node in nodes(name):
        if (reader := reader_of(node)) and isinstance(node, ast.Call):
            named = [word.value for word in node.keywords if word.arg == "flags"]
            flags = named[0] if named else node.args[1] if reader == "compile" and len(node.args) > 1 else None
            yield Call(f"{name}:{node.lineno}", reader, bound.get(id(node), ()), node.args[0], flags)


def reader_of(node: ast.AST) -> str:
    """Return which function of `re` is called, or nothing."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    is_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
    return node.func.attr if is_re and node.func.attr in READERS else ""


@cache
def readers_by_name() -> Mapping[tuple[str, str], frozenset[str]]:
    """Return with which methods each pattern is used, by the module that makes it and its name there."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name in modules():
        origin = {
            alias.asname or alias.name: (f"{(node.module or '').replace('.', '/')}.py", alias.name)
            for node in nodes(name)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in nodes(name):
            if isinstance(node, ast.Attribute) and node.attr in READERS and isinstance(node.value, ast.Name):
                found[origin.get(node.value.id, (name, node.value.id))].add(node.attr)
    return {key: frozenset(readers) for key, readers in found.items()}


def module_of(name: str) -> Any:
    """Import a module by its path."""
    return importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


StandIns = Mapping[tuple[str, str], list[Any]]
"""What a local name in a pattern can stand for, by module and name: values of it, or the finished patterns."""


def uses(stand_ins: StandIns) -> list[Use]:
    """Return all patterns."""
    return [use for name in modules_with_patterns() for use in uses_in(name, stand_ins)]


def uses_in(name: str, stand_ins: StandIns) -> Iterator[Use]:
    """Yield the patterns of one module."""
    calls = list(calls_in(name))
    if not calls:
        return
    module = module_of(name)
    for call in calls:
        local = {word for word in call.free if not hasattr(module, word) and not hasattr(builtins, word)}
        values = [None] if not local else stand_ins.get((name, min(local)))
        if values is None:
            raise LookupError(f"{call.place}: say in STAND_INS what {sorted(local)} stand for")
        named = frozenset().union(*(readers_by_name().get((name, word), frozenset()) for word in call.names))
        readers = named or (frozenset(READERS[1:]) if call.reader == "compile" else frozenset({call.reader}))
        for value in values:
            world = {min(local): value} if local else {}
            found = value if isinstance(value, re.Pattern) else compiled(call, module, world)
            yield Use(call.place, found, readers)


def compiled(call: Call, module: Any, world: Mapping[str, Any]) -> Pattern:
    """Return the pattern of a call, as the module would make it."""

    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), call.place, "eval"), {**vars(module), **world})  # noqa: S307

    pattern = value(call.pattern)
    return re.compile(pattern, value(call.flags) if call.flags else 0)
