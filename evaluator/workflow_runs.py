"""What only a workflow's run can bring: files that it made for the page, how it ended, what its log says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO

import requests

from action.console import Console
from action.contract.assertion import AfterPublishing, Assertion, PageServesFile
from action.contract.contract import Contract
from action.contract.run_verdicts import run_verdict, served_verdict, with_generated
from action.contract.verdict import Candidate, Verdict, unclear
from action.deadline import Deadline
from action.errors import UserError
from action.github.runs import Runs, RunWatcher
from action.github.target_api import GitHub, connect
from action.record import RunSeen
from evaluator.gradebook import Submission

SECONDS = 90.0
MOST_FILES = 30
UNREADABLE = "runs of workflows can only be read with a GITHUB_TOKEN"


@dataclass(frozen=True)
class WorkflowRuns:
    """Reads runs through the API, which wants a token for their logs."""

    session: requests.Session
    api_url: str
    token: str = field(repr=False)

    def of(self, full_name: str, handed_in: Submission) -> list[RunSeen]:
        """Return the runs for a commit. Raises UserError."""
        deadline = Deadline(datetime.now(UTC), SECONDS)
        api = connect(self.token, api_url=self.api_url, seconds_between_writes=0, deadline=deadline)
        runs = Runs(GitHub(api, deadline), self.session, self.api_url, self.token)
        watcher = RunWatcher(runs, deadline, Console(StringIO()))
        return watcher.watch(full_name, handed_in.commit_sha, ())


ReadRuns = Callable[[], Sequence[RunSeen]]


def verdicts_after_push(
    contract: Contract, candidate: Candidate, fetch: Callable[[str], bytes | None], read_runs: ReadRuns | None
) -> Callable[[Assertion], Verdict | None]:
    """Return what says the verdict on an assertion that only a run can settle, and None on every other."""
    wanted = [a.file for a in contract.assertions if isinstance(a, PageServesFile)][:MOST_FILES]
    served: Mapping[str, bytes] = {name: body for name in wanted if (body := fetch(name)) is not None}
    whole = with_generated(contract, candidate)
    about_runs = [
        a for a in contract.assertions if isinstance(a, AfterPublishing) and not isinstance(a, PageServesFile)
    ]
    seen, problem = runs_of(read_runs) if about_runs else ((), "")

    def verdict_on(assertion: Assertion) -> Verdict | None:
        if assertion in about_runs:
            return unclear(problem) if problem else run_verdict(assertion, seen)
        return served_verdict(assertion, whole, served)

    return verdict_on


def runs_of(read_runs: ReadRuns | None) -> tuple[Sequence[RunSeen], str]:
    """Return the runs, or why they could not be read."""
    if read_runs is None:
        return (), UNREADABLE
    try:
        return read_runs(), ""
    except UserError as error:
        return (), error.what
