"""The jobs that a run will have, called workflows included, before anything has started."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded.actions.expressions import InvalidExpression, resolve
from embedded.actions.workflow import (
    DEFAULT_TIMEOUT_MINUTES,
    Concurrency,
    InvalidWorkflow,
    Job,
    Workflow,
    effective_permissions,
    lesser,
    parse,
)

SUPPORTED_LABELS = ("ubuntu-latest", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04")
CALLED = re.compile(r"(?P<repo>[^/\s]+/[^/\s]+)/(?P<path>\.github/workflows/[^@\s]+)@(?P<ref>\S+)")
DEEPEST_CALL = 10

Source = tuple[str, str]  # repository and commit (or ref)
Reader = Callable[[str, str, str], str | None]


@dataclass(frozen=True)
class PlannedJob:
    """One job, or one job of a called workflow; `callers` are the names above it."""

    key: str
    name: str
    callers: tuple[str, ...]
    permissions: dict[str, str]
    timeout_minutes: float
    concurrency: Concurrency | None
    steps: tuple[dict[str, Any], ...]
    matrix: bool
    named: bool
    environment: str | None

    @property
    def full_name(self) -> str:
        """The name as GitHub shows it."""
        return " / ".join([*self.callers, self.name])


class Planner:
    """Follows `uses:` of jobs into called workflows."""

    def __init__(self, read: Reader, contexts: Mapping[str, Any]) -> None:
        self._read = read
        self._contexts = contexts

    def jobs(self, workflow: Workflow, source: Source) -> list[PlannedJob]:
        """Return every job of the run, in the order of the files."""
        return self._jobs(workflow, source, (), None)

    def _jobs(
        self, workflow: Workflow, source: Source, callers: tuple[str, ...], ceiling: dict[str, str] | None
    ) -> list[PlannedJob]:
        planned: list[PlannedJob] = []
        for job in workflow.jobs.values():
            allowed = self._permissions(workflow, job, ceiling)
            if job.uses:
                called, its_source = self._called(job.uses, source, len(callers))
                planned += self._jobs(called, its_source, (*callers, self._name(job)), allowed)
            else:
                planned.append(self._planned(job, callers, allowed))
        return planned

    def _permissions(self, workflow: Workflow, job: Job, ceiling: dict[str, str] | None) -> dict[str, str]:
        if ceiling is None:
            return effective_permissions(workflow, job)
        said = job.permissions if job.permissions is not None else workflow.permissions
        return ceiling if said is None else lesser(ceiling, said)

    def _called(self, uses: str, source: Source, depth: int) -> tuple[Workflow, Source]:
        match = CALLED.fullmatch(uses)
        its_source = (match["repo"], match["ref"]) if match else source
        path = match["path"] if match else uses.removeprefix("./")
        text = self._read(*its_source, path)
        if text is None or depth >= DEEPEST_CALL:
            raise InvalidWorkflow(f"The called workflow {uses} was not found. Check its path and ref.")
        return parse(text, path), its_source

    def _name(self, job: Job) -> str:
        try:
            return str(resolve(job.name, self._contexts))
        except InvalidExpression:  # needs a context that exists later (matrix, needs): act will say the name
            return job.key

    def _planned(self, job: Job, callers: tuple[str, ...], permissions: dict[str, str]) -> PlannedJob:
        return PlannedJob(
            key=job.key,
            name=self._name(job),
            callers=callers,
            permissions=permissions,
            timeout_minutes=self._minutes(job),
            concurrency=job.concurrency,
            steps=job.steps,
            matrix=job.matrix,
            named=job.named,
            environment=job.environment,
        )

    def _minutes(self, job: Job) -> float:
        try:
            return float(resolve(job.timeout_minutes, self._contexts))
        except (InvalidExpression, TypeError, ValueError):
            return DEFAULT_TIMEOUT_MINUTES
