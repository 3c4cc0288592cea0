"""The example ledger of three tasks, and what is rendered of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.render import Rendered, render
from dashboard.settings import Config
from tests.unit.action.ledger.example_ledger import write_example
from tests.unit.dashboard.rendering import Read, Rendering


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return write_example(tmp_path / "ledger")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def rendered(ledger: Path, out: Path) -> Rendering:
    """Render the ledger, with a configuration of these values."""

    def make(**config: Any) -> Rendered:
        return render(ledger, out, Config.model_validate(config))

    return make


@pytest.fixture
def read(out: Path) -> Read:
    """Read JSON of what was rendered."""
    return lambda path: json.loads((out / path).read_bytes())
