"""GitHub's expression language, as far as run names, job names and concurrency groups need it.

Rules: https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TEMPLATE = re.compile(r"\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}")
TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<string>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<operator>\|\||&&|==|!=|<=|>=|[<>!().,\[\]]))"
)
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
Contexts = Mapping[str, Any]


class InvalidExpression(ValueError):
    """The text between ${{ and }} is not something that this evaluator understands."""


def interpolate(text: str, contexts: Contexts) -> str:
    """Return `text` with each ${{ expression }} replaced by its value."""
    return TEMPLATE.sub(lambda match: as_text(evaluate(match[1], contexts)), text)


def resolve(value: Any, contexts: Contexts) -> Any:
    """Like interpolate, but a text that is one single expression keeps its value's type; other values stay."""
    if not isinstance(value, str):
        return value
    whole = TEMPLATE.fullmatch(value.strip())
    return evaluate(whole[1], contexts) if whole else interpolate(value, contexts)


def evaluate(expression: str, contexts: Contexts) -> Any:
    """Return the value of one expression. Raises InvalidExpression."""
    return Parser(tokens(expression), contexts, expression).whole()


def tokens(expression: str) -> list[tuple[str, str]]:
    """Cut an expression into (kind, text) pairs, ending with ("end", "")."""
    found, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match or not match.lastgroup:
            raise InvalidExpression(f"cannot read the expression {expression.strip()!r} at {text[position:]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return [*found, ("end", "")]


class Parser:
    """A recursive descent over the tokens that computes values on the way."""

    def __init__(self, found: list[tuple[str, str]], contexts: Contexts, source: str) -> None:
        self._tokens, self._contexts, self._source, self._at = found, contexts, source, 0
        self._idle = 0

    def whole(self) -> Any:
        """Read everything; a rest is an error."""
        value = self._either()
        if self._tokens[self._at][0] != "end":
            raise self._error()
        return value

    def _error(self) -> InvalidExpression:
        return InvalidExpression(f"cannot read the expression {self._source.strip()!r}")

    def _take(self, *operators: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind == "operator" and text in operators:
            self._at += 1
            return text
        return None

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise self._error()

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._read(self._both, idly=truthy(value))
            value = value if truthy(value) else other
        return value

    def _both(self) -> Any:
        value = self._comparison()
        while self._take("&&"):
            other = self._read(self._comparison, idly=not truthy(value))
            value = other if truthy(value) else value
        return value

    def _read(self, part: Callable[[], Any], *, idly: bool) -> Any:
        """Read the other side of || or &&; when the value is known already, call none of its functions."""
        self._idle += idly
        try:
            return part()
        finally:
            self._idle -= idly

    def _comparison(self) -> Any:
        value = self._negation()
        while operator := self._take("==", "!=", "<=", ">=", "<", ">"):
            value = compare(operator, value, self._negation())
        return value

    def _negation(self) -> Any:
        if self._take("!"):
            return not truthy(self._negation())
        return self._path()

    def _path(self) -> Any:
        value = self._atom()
        while operator := self._take(".", "["):
            if operator == ".":
                kind, name = self._tokens[self._at]
                if kind != "name":
                    raise self._error()
                self._at += 1
                value = member(value, name)
            else:
                value = member(value, self._either())
                self._expect("]")
        return value

    def _atom(self) -> Any:
        if self._take("("):
            value = self._either()
            self._expect(")")
            return value
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind != "name":
            raise self._error()
        return self._call(text) if self._take("(") else self._named(text)

    def _named(self, name: str) -> Any:
        return CONSTANTS[name] if name in CONSTANTS else member(self._contexts, name)

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._either())
        function = FUNCTIONS.get(name.lower())
        if not function:
            raise InvalidExpression(f"the function {name} cannot be used in {self._source.strip()!r}")
        try:
            return None if self._idle else function(*arguments)
        except (TypeError, ValueError, IndexError) as error:
            raise InvalidExpression(f"{name} failed in {self._source.strip()!r}: {error}") from error


def member(value: Any, name: Any) -> Any:
    """Return a property (names are case-insensitive) or an element; null when there is none."""
    if isinstance(value, Mapping):
        return next((each for key, each in value.items() if str(key).lower() == str(name).lower()), None)
    if isinstance(value, list) and isinstance(name, int) and 0 <= name < len(value):
        return value[name]
    return None


def truthy(value: Any) -> bool:
    """Whether GitHub takes the value for true: everything but false, 0, the empty text and null."""
    return isinstance(value, Mapping | list) or bool(value)


def as_text(value: Any) -> str:
    """Return the value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "Object"
    return "Array" if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)


def as_number(value: Any) -> float:
    """Return the value as a number, as loose comparison wants it."""
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return float("nan")


def compare(operator: str, left: Any, right: Any) -> bool:
    """Compare as GitHub does: texts ignore case, different types become numbers."""
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    elif type(left) is not type(right):
        left, right = as_number(left), as_number(right)
    elif left is None:
        left = right = 0
    outcomes: dict[str, Callable[[], bool]] = {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        ">": lambda: left > right,
        "<=": lambda: left <= right,
        ">=": lambda: left >= right,
    }
    return outcomes[operator]()


def contains(where: Any, what: Any) -> bool:
    """Whether a list has the element, or a text the part."""
    if isinstance(where, list):
        return any(compare("==", each, what) for each in where)
    return as_text(what).lower() in as_text(where).lower()


def format_text(pattern: str, *values: Any) -> str:
    """Replace {0}, {1} ...; doubled braces stand for themselves."""

    def one(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else as_text(values[int(match[1])])

    return re.sub(r"\{\{|\}\}|\{(\d+)\}", one, pattern)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": contains,
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "format": format_text,
    "join": lambda values, by=",": by.join(map(as_text, values)) if isinstance(values, list) else as_text(values),
    "tojson": lambda value: json.dumps(value, indent=2),
    "fromjson": lambda text: json.loads(as_text(text)),
}
