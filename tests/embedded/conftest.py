"""The package index of a company, for the tests of how things are installed there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.company_index import CompanyIndex


@pytest.fixture
def index(tmp_path: Path) -> Iterator[CompanyIndex]:
    index = CompanyIndex(tmp_path)
    yield index
    index.close()
