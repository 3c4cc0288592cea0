"""python -m dashboard.reference: the fields of the JSON as Markdown, for docs/dashboard.md."""

import sys
import types
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from dashboard.stats_document import Index, Stats
from dashboard.task_document import TaskDocument, Tasks

FILES = (Stats, Tasks, TaskDocument, Index)
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    AwareDatetime: "time",
    date: "day",
}


def reference() -> str:
    """Return the tables: first what the files hold, then the parts of it in the order in which they are named."""
    waiting: list[type[BaseModel]] = list(FILES)
    done: list[type[BaseModel]] = []
    tables: list[str] = []
    while waiting:
        model = waiting.pop(0)
        if model not in done:
            done.append(model)
            tables.append(table(model))
            waiting += [part for part in parts_of(model) if part not in done]
    return "\n".join(tables)


def table(model: type[BaseModel]) -> str:
    """Return the fields of one model."""
    rows = [
        f"| `{name}` | {type_of(field.annotation)} | {meaning(field)} |" for name, field in model.model_fields.items()
    ]
    about = " ".join((model.__doc__ or "").split())
    return f"### {model.__name__}\n\n{about}\n\n| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def meaning(field: FieldInfo) -> str:
    """Return a field's description; many say enough by their name."""
    return (field.description or "").replace("|", "\\|")


def type_of(annotation: Any) -> str:
    """Return a type in words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return " or ".join("null" if each is type(None) else type_of(each) for each in inside)
    if origin is list:
        return f"list of {type_of(inside[0])}"
    if origin is dict:
        return f"{type_of(inside[1])} by name"
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in inside)
    if origin is not None:
        return type_of(inside[0])  # Annotated
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return WORDS[annotation]


def parts_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the models that a model's fields hold."""
    for field in model.model_fields.values():
        yield from models_in(field.annotation)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inside in get_args(annotation):
        yield from models_in(inside)


if __name__ == "__main__":
    sys.stdout.write(reference())
