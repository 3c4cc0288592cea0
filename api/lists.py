"""What all lists have in common: how many entries, which page, and the address of the next one."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request, url_for
from pydantic import BaseModel, ConfigDict, Field

from api.errors import INVALID_QUERY
from receiver.body import read_as

MOST = 200


class Paging(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="ignore")

    limit: int = Field(default=50, ge=1, le=MOST, description="entries of a page")
    page: int = Field(default=1, ge=1, le=1_000_000)


class VersionPaging(Paging):
    """Which versions."""

    hidden: bool = Field(default=False, description="list those that somebody hid, too")


Query = TypeVar("Query", bound=Paging)


def read_query(model: Callable[[dict[str, Any]], Query]) -> Query:
    """Return the query of this request. Raises Problem (422)."""
    return read_as(model, request.args.to_dict(), INVALID_QUERY)


def page_of(entries: list[dict[str, Any]], query: Paging) -> dict[str, Any]:
    """Return one page of a list, and what a reply says about it."""
    start = (query.page - 1) * query.limit
    return {
        "total": len(entries),
        "page": query.page,
        "next": next_page(query) if start + query.limit < len(entries) else None,
        "entries": entries[start : start + query.limit],
    }


def next_page(query: Paging) -> str:
    """Return the address of the next page of what this request asks for."""
    asked = {name: value for name, value in query.model_dump(exclude_defaults=True).items() if value}
    asked.update(request.view_args or {}, page=query.page + 1)
    return url_for(str(request.endpoint), _external=True, **asked)
