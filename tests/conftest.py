"""What one worker runs as a whole, and in which order: the longest first, so that no worker is left with one."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.compiled_routes import remember_compiled_routes

remember_compiled_routes()

END_TO_END = "tests/end_to_end"
LONGEST = (f"{END_TO_END}/test_documents.py", END_TO_END, "tests/embedded/test_evaluator.py")


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
    """Sort by scope; within a scope, and among short ones, the order stays random."""
    items.sort(key=lambda item: weight_of(scope_of(item.nodeid)))


def weight_of(scope: str) -> int:
    """Return the place of a scope in the line."""
    places = [place for place, name in enumerate(LONGEST) if scope.startswith(name)]
    return places[0] if places else len(LONGEST) + (not scope.startswith("tests/embedded/"))
