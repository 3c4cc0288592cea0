"""What one worker runs as a whole, and in which order: the longest first, so that no worker is left with one."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.compiled_routes import remember_compiled_routes

remember_compiled_routes()

ROOT = Path(__file__).parents[1]
END_TO_END = "tests/end_to_end"
LONGEST = (f"{END_TO_END}/test_documents.py", END_TO_END, "tests/unit/linear")
WAITING = "tests/embedded/"
BEGUN_WITHIN = 0.6


def scope_of(nodeid: str) -> str:
    """Return a file, or the folder of files that share an embedded system."""
    path = PurePosixPath(nodeid.partition("::")[0])
    return str(path.parent if str(path.parent.parent) == END_TO_END else path)


class ByScope(LoadScopeScheduling):  # type: ignore[misc]
    """Distributes scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByScope:
    return ByScope(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by scope; within a scope, the order stays random."""
    place_of = places(list(dict.fromkeys(scope_of(item.nodeid) for item in items)))
    items.sort(key=lambda item: place_of[scope_of(item.nodeid)])


def places(scopes: list[str]) -> dict[str, float]:
    """Return the place of each scope in the line, the longest before 0.

    Between 0 and 1, those that wait for browsers and servers are spread among those that only compute, so that the
    processors always have work; large files come first, so that none of them is the last to end.
    """
    waiting = sorted((scope for scope in scopes if scope.startswith(WAITING)), key=size_of, reverse=True)
    computing = [scope for scope in scopes if not scope.startswith(WAITING)]
    place_of = {scope: BEGUN_WITHIN * number / len(waiting) for number, scope in enumerate(waiting)}
    place_of |= {scope: number / len(computing) for number, scope in enumerate(computing)}
    for number, name in enumerate(reversed(LONGEST), 1):
        place_of |= {scope: -number for scope in scopes if scope.startswith(name)}
    return place_of


def size_of(scope: str) -> int:
    """Return the bytes of a test file, which say roughly how long it takes."""
    return (ROOT / scope).stat().st_size
