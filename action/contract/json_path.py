"""Values inside JSON by a small path: "a.b[0].c", "[*].name", "" for the root."""

import re

from pydantic import JsonValue

from action.contract.assertion import JsonType

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
