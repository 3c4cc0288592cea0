"""The whole dashboard: reads a ledger, writes the JSON and the pages, and puts them in place at once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from dashboard.api import write_lists
from dashboard.batches import write_tasks
from dashboard.config import Config
from dashboard.files import draft_beside, put_in_place
from dashboard.ledger import Problems
from dashboard.pages import NEWEST, write_pages


@dataclass(frozen=True)
class Rendered:
    """What was made."""

    tasks: int
    builds: int
    problems: Problems


def render(ledger: Path, out: Path, config: Config) -> Rendered:
    """Make the dashboard in `out`, which is missing, empty or an earlier dashboard. Raises CannotRender."""
    draft = draft_beside(out)
    try:
        batch = write_tasks(ledger, draft, config)
        stats = write_lists(draft, config, batch)
        write_pages(draft, stats, batch.newest(NEWEST), config)
        put_in_place(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Rendered(stats.tasks, stats.builds, batch.problems)
