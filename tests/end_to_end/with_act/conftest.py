"""The system as `make up` starts it: the real act runs the real workflows."""

from collections.abc import Iterator

import pytest

from embedded.system.system import System
from tests.embedded.senders import ENVIRONMENT
from tests.end_to_end.conftest import complete


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with complete(System(tmp_path_factory.mktemp("system"), ENVIRONMENT)) as system:
        yield system
