"""The system with the little act: for tests about what builds say and leave, and not how they are started."""

from collections.abc import Iterator

import pytest

from embedded.system.system import System
from tests.embedded.senders import ENVIRONMENT
from tests.end_to_end.conftest import complete
from tests.little_act.system import ForkedSystem


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with complete(ForkedSystem(tmp_path_factory.mktemp("forked"), ENVIRONMENT)) as system:
        yield system
