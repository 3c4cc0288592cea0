"""The envelopes that were too big for their event: git objects under refs/requests/, which somebody must tidy up."""

from typing import Any, Protocol

from action.runner_api import NotThere

PREFIX = "refs/requests/"
MOST_REMOVED = 100  # at once; each is one request


class ApiDoor(Protocol):
    """The runner repository's API."""

    def get(self, path: str, **query: str | int) -> Any: ...

    def delete(self, path: str) -> None: ...


class StoredRequests:
    """Lists and removes."""

    def __init__(self, api: ApiDoor) -> None:
        self._api = api

    def builds(self) -> list[str]:
        """Return the ids of the builds with a stored envelope. Raises UserError."""
        try:
            found = self._api.get("/git/matching-refs/requests/")
        except NotThere:
            return []
        return [str(ref["ref"]).removeprefix(PREFIX) for ref in found]

    def remove(self, builds: list[str]) -> int:
        """Remove envelopes; return how many. Raises UserError."""
        removed = 0
        for build_id in builds[:MOST_REMOVED]:
            try:
                self._api.delete(f"/git/{PREFIX}{build_id}")
                removed += 1
            except NotThere:
                continue
        return removed
