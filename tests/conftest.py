"""The order of the files: those that start whole systems come first, so that no worker is left with the longest one."""

import pytest

LONGEST = ("tests/embedded/test_documents.py", "tests/embedded/test_agents.py", "tests/embedded/test_evaluator.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by file; within a file, and among short files, the order stays random."""
    items.sort(key=lambda item: weight_of(item.nodeid.partition("::")[0]))


def weight_of(path: str) -> int:
    """Return the place of a file in the line."""
    if path in LONGEST:
        return LONGEST.index(path)
    return len(LONGEST) + (not path.startswith("tests/embedded/"))
