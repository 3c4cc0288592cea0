"""What the fuzzers found once does not come back; a new finding fails here until its reader is mended."""

from pathlib import Path

import pytest

from tests.fuzz.all_targets import TARGETS
from tests.fuzz.findings import FOLDER, kept, value_in
from tests.fuzz.running import PATIENT, tried

FOUND = [(name, path) for name in TARGETS for path in kept(name)]


@pytest.mark.parametrize(("name", "path"), FOUND, ids=[path.stem for _, path in FOUND])
def test_what_was_found_is_mended(name: str, path: Path) -> None:
    assert tried(TARGETS[name], value_in(path), PATIENT) is None


def test_every_file_belongs_to_a_target() -> None:
    assert {path for _, path in FOUND} == set(FOLDER.glob("*.txt"))
