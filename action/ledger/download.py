"""Download what the ledger lacks, the oldest first, so that whatever stops this is made up for by the next run."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from action.console import Console
from action.deadline import Deadline
from action.errors import RateLimitReached, UserError, no_job_started
from action.github.api import NotThere, TooLarge
from action.github.artifacts import Artifact, Artifacts, RecordName
from action.github.runner_runs import BuildRuns
from action.ledger.insert import BadArtifact, Found, FoundRecord, is_known, unpack
from action.ledger.tree import Tree
from action.record import BuildRecord, Run

MOST_DOWNLOADS = 400  # of the 1,000 requests that a run's token has in an hour
AT_ONCE = 4
KNOWN_PAGES = 2  # so many pages without anything new, and the rest is known as well
KNOWN_PAGES_DAILY = 10


@dataclass
class Downloaded:
    """What was found. `bad` holds the reasons by artifact; `good` are the ids of those that were read."""

    found: list[Found] = field(default_factory=list)
    good: list[int] = field(default_factory=list)
    bad: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Downloader:
    """`repository` is the runner repository. `everything`: also what is known already, and to the list's very end."""

    artifacts: Artifacts
    repository: str
    console: Console
    deadline: Deadline
    everything: bool = False
    known_pages: int = KNOWN_PAGES

    def download(self, tree: Tree) -> Downloaded:
        """Return what the ledger lacks. Raises UserError when not even the list can be read."""
        downloaded = Downloaded()
        wanted = self._wanted(tree, downloaded)
        if len(wanted) > MOST_DOWNLOADS:
            downloaded.problems.append(f"{len(wanted) - MOST_DOWNLOADS} artifacts are left for the next run.")
            wanted = wanted[:MOST_DOWNLOADS]
        trusted = self._judge(wanted, downloaded)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for artifact, body in zip(trusted, pool.map(self._download, trusted), strict=True):
                self._take(artifact, body, downloaded)
        return downloaded

    def _wanted(self, tree: Tree, downloaded: Downloaded) -> list[Artifact]:
        """Return the artifacts to download in the order in which they were made: what is new before what is known."""
        new: dict[int, Artifact] = {}
        again: dict[int, Artifact] = {}
        quiet = 0
        try:
            for page in self.artifacts.pages():
                known = {artifact.id: artifact for artifact in page if self._is_known(tree, artifact)}
                fresh = {artifact.id: artifact for artifact in page if artifact.id not in known}
                again |= known
                new |= fresh  # by id: a list that grows meanwhile shows some twice
                quiet = 0 if fresh else quiet + 1
                if quiet >= self.known_pages and not self.everything:
                    break
        except RateLimitReached as error:
            downloaded.problems.append(f"{error} Start this with 'rebuild' later, so that nothing older is left out.")
        return [*in_order(new.values()), *(in_order(again.values()) if self.everything else [])]

    def _is_known(self, tree: Tree, artifact: Artifact) -> bool:
        return str(artifact.id) in tree.skipped or is_known(tree, artifact.name, artifact.run_id)

    def _judge(self, wanted: Sequence[Artifact], downloaded: Downloaded) -> list[Artifact]:
        """Return the artifacts that come from whom they should."""
        trusted = []
        for artifact in wanted:
            try:
                reason = self.artifacts.wrong_origin(artifact)
            except UserError as error:
                downloaded.problems.append(str(error))
                break
            if reason:
                self._refuse(artifact, reason, downloaded)
            else:
                trusted.append(artifact)
        return trusted

    def _download(self, artifact: Artifact) -> bytes | Exception:
        if self.deadline.is_over:
            return NotThere()
        try:
            return self.artifacts.download(artifact)
        except (NotThere, TooLarge, UserError) as error:
            return error

    def _take(self, artifact: Artifact, body: bytes | Exception, downloaded: Downloaded) -> None:
        """Read a download. What may work another time is no reason to give an artifact up."""
        if isinstance(body, TooLarge):
            self._refuse(artifact, "it is too large", downloaded)
        elif isinstance(body, Exception):
            reason = "it is gone, or the time was up" if isinstance(body, NotThere) else str(body)
            downloaded.problems.append(f"The artifact {artifact.title} could not be downloaded: {reason}")
        else:
            try:
                downloaded.found.append(unpack(artifact, body, self.repository))
                downloaded.good.append(artifact.id)
            except BadArtifact as error:
                self._refuse(artifact, str(error), downloaded)

    def _refuse(self, artifact: Artifact, reason: str, downloaded: Downloaded) -> None:
        downloaded.bad[artifact.id] = {"name": artifact.title, "run_id": artifact.run_id, "reason": reason}
        self.console.warning(f"The artifact {artifact.title} of run {artifact.run_id} is not collected: {reason}.")


def unstarted(runs: BuildRuns, tree: Tree, repository: str, since: datetime) -> Iterator[FoundRecord]:
    """Yield a record of each build of which GitHub started no job: it could leave none itself. Raises UserError."""
    for run in runs.since(since):
        if run.task_key and run.build_id not in tree.builds and (said := runs.refusal(run)):
            about = Run(repository=repository, run_id=run.id, attempt=run.attempt, url=run.url)
            ids = {"build_id": run.build_id, "task_key": run.task_key, "round": run.round}
            record = BuildRecord(**ids, received_at=run.created_at, run=about)
            record.add_failure("", no_job_started(repository, said))
            yield FoundRecord(record, about, {})


def in_order(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """Return artifacts by run and attempt, the live check's after the others: the order of the list says nothing."""

    def place(artifact: Artifact) -> tuple[int, int, bool, int]:
        name = artifact.name
        if isinstance(name, RecordName):
            return (artifact.run_id, name.attempt, name.is_live, artifact.id)
        return (artifact.run_id, 0, False, artifact.id)

    return sorted(artifacts, key=place)
