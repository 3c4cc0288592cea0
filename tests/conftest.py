"""Which files one worker runs, and in which order: the longest first, so that no worker is left with one of them."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

EMBEDDED = "tests/embedded/"
# Files whose tests share an embedded system, so that one is started and not one for each worker.
SHARED = {
    "system": (
        *("test_whole_path.py", "test_execute.py", "test_workflow_on_request.py", "test_action_elsewhere.py"),
        *("test_overview.py", "test_doctor.py"),
    ),
    "forked_system": (
        *("test_agents.py", "test_evaluator_with_receiver.py", "test_forms.py", "test_tasks_at_once.py"),
        "test_bring_files.py",
    ),
    "system_with_dashboard": (
        *("dashboard/test_dashboard_live.py", "test_external_agents.py", "test_orchestrator_client.py"),
    ),
}
LONGEST = (f"{EMBEDDED}test_documents.py", *SHARED, f"{EMBEDDED}test_evaluator.py")


def scope_of(nodeid: str) -> str:
    """Return what one worker runs as a whole: a file, or all files that share a system."""
    path = nodeid.partition("::")[0]
    sharing = [system for system, names in SHARED.items() if path.removeprefix(EMBEDDED) in names]
    return sharing[0] if sharing else path


class ByScope(LoadScopeScheduling):  # type: ignore[misc]
    """Distributes scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByScope:
    return ByScope(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by scope; within a scope, and among short ones, the order stays random. Raises UsageError."""
    for item in items:
        used = set(SHARED) & set(getattr(item, "fixturenames", ()))
        for system in used - {"system"} or used:  # what is called `system` in a file may be the forked one
            if scope_of(item.nodeid) != system:
                raise pytest.UsageError(f"{item.nodeid} uses {system}, so its file belongs into tests/conftest.py")
    items.sort(key=lambda item: weight_of(scope_of(item.nodeid)))


def weight_of(scope: str) -> int:
    """Return the place of a scope in the line."""
    if scope in LONGEST:
        return LONGEST.index(scope)
    return len(LONGEST) + (not scope.startswith(EMBEDDED))
