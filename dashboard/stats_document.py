"""What `api/stats.json` and `api/index/<n>.json` hold."""

from datetime import date
from typing import Literal

from pydantic import Field

from action.record import Address, Moment
from dashboard.task_document import Part


class Day(Part):
    """The builds whose request arrived on one day."""

    date: date
    builds: int
    successes: int
    mean_pass_rate: float | None = Field(description="of builds with given checks; null when there were none")
    mean_seconds_to_callback: float | None = Field(description="of builds with an accepted callback")
    cost: float = Field(description="US dollars, as far as prices are known")


class Running(Part):
    """A build that was under way when the pages were made."""

    build_id: str
    task_key: str
    run_url: Address
    status: str = Field(description="as GitHub says it: in_progress, queued or pending")
    started_at: Moment | None


class Problem(Part):
    """A file of the ledger that could not be read."""

    path: str
    reason: str


class Stats(Part):
    """`api/stats.json`: all tasks together."""

    version: Literal[1] = 1
    digest: str = Field(description="changes when anything about any task changes")
    updated_at: Moment | None = Field(description="the last thing that is known of any task; null without tasks")
    tasks: int
    tasks_by_status: dict[str, int] = Field(description="how many tasks have each status")
    tasks_by_state: dict[str, int] = Field(description="how many tasks have each state")
    builds: int
    successes: int = Field(description="builds of which nothing is known to be wrong, as in `api/tasks/<key>.json`")
    success_rate: float | None = Field(description="successes / builds, from 0 to 1; null without builds")
    mean_pass_rate: float | None = Field(description="the mean over all builds that had given checks, from 0 to 1")
    delivered: int = Field(description="builds with an accepted callback")
    mean_seconds_to_callback: float | None = Field(description="from the request to the accepted callback")
    p95_seconds_to_callback: float | None = Field(description="95 of 100 callbacks were at least as fast")
    cost: float | None = Field(
        description="US dollars; at the prices of `MODEL_PRICES`, else at list prices; null when none is known"
    )
    unpriced_builds: int = Field(description="builds that are not in `cost`, because a price is not known")
    input_tokens: int
    output_tokens: int
    running_now: int = Field(description="builds that were under way when the pages were made")
    running: list[Running]
    days: list[Day] = Field(description="one for each day, oldest first, up to 90 days before the newest build")
    token_expires_at: Moment | None = Field(
        description="of the publishing token, as the newest build that published was told; null without an end"
    )
    problem_count: int = Field(description="files of the ledger that could not be read")
    problems: list[Problem] = Field(description="the first 50 of them")


class Index(Part):
    """`api/index/<n>.json`: one piece of the list of tasks, newest first, for search; numbered from 1."""

    version: Literal[1] = 1
    pieces: int = Field(description="how many pieces there are")
    columns: list[str] = Field(description="names of the values of a row, as in `api/tasks.json`")
    rows: list[list[str | int | float | None]]
