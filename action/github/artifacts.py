"""The artifacts that runs left for the ledger: which they are, and whether they come from whom they should."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from action.github.api import NotThere, RunnerApi

WORKFLOWS = ".github/workflows/"
BUILD_WORKFLOW = f"{WORKFLOWS}build.yml"
EXECUTE_WORKFLOW = f"{WORKFLOWS}execute.yml"
AGENT_WORKFLOWS = frozenset({f"{WORKFLOWS}feedback.yml", f"{WORKFLOWS}task.yml", f"{WORKFLOWS}evaluate.yml"})
# What starts a run with the default branch's code, or by somebody who may write here. A pull request is not among them.
TRUSTED_EVENTS = frozenset({"repository_dispatch", "workflow_dispatch", "schedule", "workflow_run"})
RECORD_NAME = re.compile(r"record-(?P<build>[0-9a-f]{20})-(?P<attempt>[1-9]\d{0,5})(?P<live>-live)?")
MESSAGE_NAME = re.compile(r"message-(?P<id>[0-9a-f]{20})")
RESULT_NAME = re.compile(r"result-(?P<id>[0-9a-f]{20}|\d{1,19})")  # by hand: the number of the run
LARGEST_ARTIFACT = 12_000_000
MOST_LISTS = 10  # of a hundred runs each: a list costs less than a question for each run


@dataclass(frozen=True)
class RecordName:
    """The record of a build's attempt; the one of the live check comes later and holds more."""

    build_id: str
    attempt: int
    is_live: bool


@dataclass(frozen=True)
class MessageName:
    """One message."""

    id: str


@dataclass(frozen=True)
class ResultName:
    """The result of one command."""

    id: str


Name = RecordName | MessageName | ResultName


ALLOWED: dict[type[Name], frozenset[str]] = {
    RecordName: frozenset({BUILD_WORKFLOW}),
    MessageName: AGENT_WORKFLOWS,
    ResultName: frozenset({EXECUTE_WORKFLOW}),
}


@dataclass(frozen=True)
class Artifact:
    """One artifact that calls itself something for the ledger."""

    id: int
    title: str
    name: Name
    run_id: int
    size: int
    is_from_fork: bool


def name_of(title: str) -> Name | None:
    """Return what an artifact says it is, None when it is nothing for the ledger."""
    if found := RECORD_NAME.fullmatch(title):
        return RecordName(found["build"], int(found["attempt"]), is_live=bool(found["live"]))
    if found := MESSAGE_NAME.fullmatch(title):
        return MessageName(found["id"])
    if found := RESULT_NAME.fullmatch(title):
        return ResultName(found["id"].zfill(20))
    return None


def artifact_of(listed: Mapping[str, Any]) -> Artifact | None:
    """Return an artifact as GitHub lists it, None when it is nothing for the ledger or cannot be had any more."""
    name = name_of(str(listed.get("name", "")))
    run = listed.get("workflow_run") or {}
    if name is None or listed.get("expired") or not run.get("id"):
        return None
    is_from_fork = run.get("head_repository_id") != run.get("repository_id")
    title, size = str(listed["name"]), int(listed.get("size_in_bytes") or 0)
    return Artifact(int(listed["id"]), title, name, int(run["id"]), size, is_from_fork)


class Artifacts:
    """Lists, judges and downloads. Runs are looked up once."""

    def __init__(self, api: RunnerApi) -> None:
        self._api = api
        self._runs: dict[int, Mapping[str, Any] | None] = {}
        self._lists = api.pages("/actions/runs", "workflow_runs")
        self._lists_left = MOST_LISTS

    def pages(self) -> Iterator[list[Artifact]]:
        """Yield what is for the ledger on each page of the list, newest first. Raises UserError."""
        for page in self._api.pages("/actions/artifacts", "artifacts"):
            yield [artifact for listed in page if (artifact := artifact_of(listed))]

    def wrong_origin(self, artifact: Artifact) -> str:
        """Return why an artifact cannot be trusted, nothing when it can. Raises UserError."""
        if artifact.is_from_fork:
            return "a run of a fork made it"
        run = self._run(artifact.run_id)
        if run is None:
            return "its run is gone"
        workflow = str(run.get("path", "")).partition("@")[0]
        if workflow not in ALLOWED[type(artifact.name)]:
            return f"a run of {workflow} made it"
        if run.get("event") not in TRUSTED_EVENTS:
            return f"its run was started by {run.get('event')}"
        return ""

    def download(self, artifact: Artifact) -> bytes:
        """Return the zip. Raises NotThere, TooLarge, UserError."""
        return self._api.download(f"/actions/artifacts/{artifact.id}/zip", LARGEST_ARTIFACT)

    def _run(self, run_id: int) -> Mapping[str, Any] | None:
        while run_id not in self._runs and self._lists_left and run_id < min(self._runs, default=run_id + 1):
            self._lists_left -= 1
            page = next(self._lists, [])
            self._runs |= {int(run["id"]): run for run in page}
            self._lists_left = self._lists_left if page else 0
        if run_id not in self._runs:
            try:
                self._runs[run_id] = self._api.get(f"/actions/runs/{run_id}")
            except NotThere:
                self._runs[run_id] = None
        return self._runs[run_id]
