"""Kinds of assertions about data: well-formed files, and values in JSON by a small path ("a.b[0].c", "[*].name")."""

import json
import re
import xml.parsers.expat
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Literal

import yaml
from pydantic import Field, JsonValue, model_validator

from action.contract import tables
from action.contract.kind import FileName, Hint, OfFiles, Short, missing
from action.contract.verdict import PASS, Candidate, Verdict, failed
from action.gates.workflow_yaml import Unreadable, within_depth

Format = Literal["svg", "json", "yaml", "csv", "xml"]
JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]
LARGEST_YAML = 200_000  # bytes; more would take seconds
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
DEEPEST_DATA = 100  # levels of YAML; a workflow has fewer, data may have more
FORMATS: dict[str, Format] = {".json": "json", ".svg": "svg", ".yml": "yaml", ".yaml": "yaml", ".xml": "xml"}
STEP = re.compile(r"""\.?([^.\[\]]+)|\[(\d+|\*)\]|\[["']([^"']+)["']\]""")
TYPES: dict[JsonType, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class JsonAt(OfFiles):
    """The value at `at` ("" is the root, "a.b[0].c", "[*]" is every entry) has a type, a value, keys or a length."""

    kind: Literal["json_at"] = "json_at"
    examples = (
        '"file": "x.json", "at": "a.b[0].c", "type": "number", "equals": 5',
        '"file": "x.json", "at": "[*]", "type": "object", "keys": ["k"], "minimum_length": 1',
    )
    subject_fields = ("file", "at")
    file: FileName
    at: str = Field(default="", max_length=300)
    type: JsonType | None = None
    equals: JsonValue = None
    has_equals: bool = False
    keys: tuple[Short, ...] = ()
    minimum_length: int | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def tell_null_from_nothing(cls, value: Any) -> Any:
        """`equals: null` is a wish, a missing `equals` is none."""
        if isinstance(value, dict) and "equals" in value and "has_equals" not in value:
            return {**value, "has_equals": True}
        return value

    def describe(self) -> str:
        wishes = [f"is of type {self.type}"] if self.type else []
        wishes += [f"equals {self.equals!r}"] if self.has_equals else []
        wishes += [f"has the keys {', '.join(self.keys)}"] if self.keys else []
        wishes += [f"has at least {self.minimum_length} entries"] if self.minimum_length is not None else []
        return f"in {self.file}, {self.at or 'the root'} {' and '.join(wishes) or 'is there'}"

    def verdict(self, candidate: Candidate) -> Verdict:
        """Type, value, keys and length of a value inside a JSON file."""
        text = candidate.text(self.file)
        if text is None:
            return missing(self.file, candidate)
        try:
            values = values_at(json.loads(text), self.at)
        except NothingThere as error:
            return failed(f"{self.file}: {error}")
        except (ValueError, RecursionError) as error:
            return failed(f"{self.file} cannot be read: {error}")
        problem = next(filter(None, (self.mismatch(value) for value in values)), None)
        return failed(f"{self.file}: {self.at or 'the root'} {problem}") if problem else PASS

    def mismatch(self, value: JsonValue) -> str | None:
        """Say how one value differs from what is wanted."""
        shown = json.dumps(value, ensure_ascii=False)[:200]
        if self.type and not has_type(value, self.type):
            return f"is of type {type_of(value)} ({shown}), not {self.type}"
        if self.has_equals and not (value == self.equals and type_of(value) == type_of(self.equals)):
            return f"is {shown}, not {json.dumps(self.equals, ensure_ascii=False)}"
        absent = [key for key in self.keys if not (isinstance(value, dict) and key in value)]
        if absent:
            return f"has no {', '.join(absent)}: {shown}"
        length = len(value) if isinstance(value, list | dict | str) else 0
        if self.minimum_length is not None and length < self.minimum_length:
            return f"has {length} entries, fewer than {self.minimum_length}"
        return None

    def hints(self) -> list[Hint]:
        counts = self.type or self.has_equals
        words = f"In {self.file} the type counts: a number is written without quotation marks."
        return [("json-type", words)] if counts else []


class ValidFile(OfFiles):
    """A file is well-formed in its format."""

    kind: Literal["valid_file"] = "valid_file"
    words = "{self.file} is well-formed {self.format}"
    examples = ('"file": "name", "format": "svg | json | yaml | csv | xml"',)
    file: FileName
    format: Format

    def verdict(self, candidate: Candidate) -> Verdict:
        """Well-formed in one format."""
        content = candidate.files.get(self.file)
        if content is None:
            return missing(self.file, candidate)
        problem = PARSERS[self.format](content)
        return failed(f"{self.file} is not valid {self.format.upper()}: {problem}") if problem else PASS


class DataFilesParse(OfFiles):
    """Every JSON, SVG, YAML and XML file of the candidate is well-formed."""

    kind: Literal["data_files_parse"] = "data_files_parse"
    words = "every JSON, SVG, YAML and XML file is well-formed"

    def verdict(self, candidate: Candidate) -> Verdict:
        """Every data file that is not an attachment (those may be broken on purpose) is well-formed."""
        problems = []
        for name, content in candidate.files.items():
            kind = FORMATS.get(PurePosixPath(name).suffix.lower())
            if kind and candidate.attachments.get(name) != content and (problem := PARSERS[kind](content)):
                problems.append(f"{name} is not valid {kind.upper()}: {problem}")
        return failed("; ".join(problems)) if problems else PASS


def json_problem(content: bytes) -> str | None:
    """Strict JSON: no comments, no trailing commas, no NaN."""
    try:
        json.loads(content.decode("utf-8"), parse_constant=not_json)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def not_json(constant: str) -> None:
    """Refuse NaN and Infinity, which Python reads and browsers do not."""
    raise ValueError(f"{constant} is not JSON")


def xml_problem(content: bytes) -> str | None:
    """Well-formed XML. Expat neither fetches external entities nor expands large ones."""
    parser = xml.parsers.expat.ParserCreate()
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        return str(error)
    return None


def svg_problem(content: bytes) -> str | None:
    """Well-formed, with a root element svg in SVG's name space."""
    roots: list[str] = []
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: None if roots else roots.append(name)
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        return str(error)
    if roots == ["http://www.w3.org/2000/svg svg"]:
        return None
    return f'the root element must be <svg xmlns="http://www.w3.org/2000/svg">, it is <{"".join(roots[:1])}>'


def yaml_problem(content: bytes) -> str | None:
    """One or more YAML documents. What is very long passes."""
    if len(content) > LARGEST_YAML:
        return None
    try:
        for token in within_depth(yaml.scan(content, Loader=Loader), DEEPEST_DATA):
            del token
        for event in yaml.parse(content, Loader=Loader):
            del event
    except (yaml.YAMLError, ValueError, RecursionError, Unreadable) as error:
        return " ".join(str(error).split())
    return None


def csv_problem(content: bytes) -> str | None:
    """A header and rows that are all as long as it."""
    first = 0
    try:
        for number, row in enumerate((row for row in tables.within(tables.csv_rows(content, ",")) if row), start=1):
            first = first or len(row)
            if len(row) != first:
                return f"row {number} has {len(row)} cells, the header has {first}"
    except tables.TooManyCells:
        return None  # what was read is well-formed
    except tables.UnreadableTable as error:
        return str(error)
    return None if first else "it has no rows"


PARSERS: dict[Format, Callable[[bytes], str | None]] = {
    "json": json_problem,
    "svg": svg_problem,
    "xml": xml_problem,
    "yaml": yaml_problem,
    "csv": csv_problem,
}


class NothingThere(LookupError):
    """The path leads to no value; the message says where it ended."""


def values_at(root: JsonValue, path: str) -> list[JsonValue]:
    """Return the values at `path`: one, or one for each entry at "[*]". Raises NothingThere, ValueError."""
    found = [root]
    for step in steps(path.removeprefix("$").removeprefix(".")):
        found = [value for parent in found for value in children(parent, step)]
    return found


def steps(path: str) -> list[str | int | None]:
    """Split a path. None stands for every entry, unlike "*" in quotation marks. Raises ValueError for no path."""
    result: list[str | int | None] = []
    position = 0
    while position < len(path):
        match = STEP.match(path, position)
        if not match:
            raise ValueError(f"{path!r} is no path into JSON")
        name, index, quoted = match.groups()
        result.append(quoted or (None if "*" in {name, index} else name or int(index)))
        position = match.end()
    return result


def children(parent: JsonValue, step: str | int | None) -> list[JsonValue]:
    """Return what lies one step below. Raises NothingThere."""
    if step is None and isinstance(parent, list | dict):
        return list(parent.values() if isinstance(parent, dict) else parent)
    if isinstance(parent, dict) and isinstance(step, str) and step in parent:
        return [parent[step]]
    if isinstance(parent, list) and isinstance(step, int) and step < len(parent):
        return [parent[step]]
    keys = f" with the keys {', '.join(list(parent)[:20])}" if isinstance(parent, dict) else ""
    raise NothingThere(f"there is no {'*' if step is None else step!r} in the {type_of(parent)}{keys}")


def type_of(value: JsonValue) -> JsonType:
    """Return the name that JSON has for the type of a value."""
    if isinstance(value, bool):
        return "boolean"
    return next(name for name, types in TYPES.items() if isinstance(value, types) and name != "integer")


def has_type(value: JsonValue, wanted: JsonType) -> bool:
    """Whether a value is of a type. A boolean is no number; 3.0 is no integer."""
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, TYPES[wanted])
