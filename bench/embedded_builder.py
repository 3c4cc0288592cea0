"""Builds rounds on an embedded system: POSTs the task, waits for the callback, takes the commit and the record."""

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from action.deadline import SECONDS_FROM_RECEIPT
from action.errors import RepositoryUnreadable
from action.github.clone import NoSuchRepository, PublicRepositories
from action.github.git import GitFailed
from action.record import BuildRecord
from bench.builder import BuildFailed, Built, Order
from bench.modes import CALLBACK_WITHIN, OWN_VARIABLES, Mode
from embedded.demo.records import newest_record
from embedded.system.system import System
from receiver.task.run_title import id_in_title

LATE_S = 60  # a callback that comes late is still waited for
RUN_ENDS_WITHIN_S = 120  # after its callback a run only keeps its record
POLL_EVERY_S = 0.25


class EmbeddedBuilder:
    """Starts the system at the first build, because a finished run that is only shown again needs none.

    `within_s` is what a build may take until its callback.
    """

    def __init__(self, start: Callable[[], System], within_s: float = SECONDS_FROM_RECEIPT) -> None:
        self._start = start
        self._within_s = within_s
        self._system: System | None = None
        self._running = ExitStack()

    def __enter__(self) -> "EmbeddedBuilder":
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def system(self) -> System:
        """The system, started when it is first needed."""
        if self._system is None:
            self._system = self._running.enter_context(self._start())
        return self._system

    def build(self, order: Order) -> Built:
        """Build one round. Raises BuildFailed."""
        use_mode(self.system, order.mode, {CALLBACK_WITHIN: f"{self._within_s:g}"})
        began = time.monotonic()
        sent, build_id = self.send(order)
        callback = self.callback_for(sent, build_id)
        seconds = time.monotonic() - began
        try:
            files = files_at(callback["repo_url"], callback["commit_sha"], self.system)
        except (NoSuchRepository, RepositoryUnreadable, GitFailed, ValueError) as error:
            raise BuildFailed(
                f"The commit of the callback cannot be read ({type(error).__name__}), so it was perhaps made up. "
                f"Look at {callback['repo_url']}."
            ) from None
        return Built(
            files=files,
            repo_url=callback["repo_url"],
            commit_sha=callback["commit_sha"],
            pages_url=callback["pages_url"],
            record=record_of(self.system, build_id),
            seconds=seconds,
        )

    def send(self, order: Order) -> tuple[dict[str, Any], str]:
        """POST the task; return it as it was sent, and the build's id. Raises BuildFailed."""
        try:
            sent, answer = self.system.evaluator.send(request_for(order))
        except requests.RequestException as error:
            raise BuildFailed(
                f"The receiver could not be reached ({type(error).__name__}). Its log is {self.system.receiver_log}."
            ) from None
        if answer.status_code != 200:
            raise BuildFailed(
                f"The receiver answered {answer.status_code}: {answer.text.strip()[:300]} "
                f"Its log is {self.system.receiver_log}."
            )
        return sent, str(answer.json()["build_id"])

    def callback_for(self, sent: dict[str, Any], build_id: str) -> dict[str, Any]:
        """Wait for the callback of a request, and not longer than its runs go on. Raises BuildFailed."""
        end = time.monotonic() + self._within_s + LATE_S
        entry, is_over = None, False
        while not (entry or is_over):
            is_over = time.monotonic() > end or have_ended(runs_of(self.system, build_id))
            entry = self.system.journal.wait_for_callback(sent["nonce"], POLL_EVERY_S)
        if entry is None or entry["reasons"]:
            what = (
                "did not come in time, or its run ended without one"
                if entry is None
                else f"was refused: {'; '.join(entry['reasons'])}"
            )
            raise BuildFailed(
                f"The callback of build {build_id} {what}. "
                f"The logs of its run are below {self.system.data.path / 'runs'}."
            )
        body: dict[str, Any] = entry["body"]
        return body


def request_for(order: Order) -> dict[str, Any]:
    """Return the task as an evaluation server sends it; each mode is a sender of its own, with its own repository."""
    return {
        "email": f"{order.mode.name}@eval.example",
        "task": f"{order.task.id}-{order.task.seed}",
        "round": order.round,
        "nonce": secrets.token_hex(8),
        **order.asked.as_sent(),
    }


def use_mode(system: System, mode: Mode, for_all: Mapping[str, str]) -> None:
    """Set the variables of the runner repository that make the mode, and remove those of other modes."""
    with system.store.change("variable", system.runner) as variables:
        for name in OWN_VARIABLES - mode.variables.keys():
            variables.pop(name, None)
        variables.update({**system.model.variables, **for_all, **mode.variables})


def files_at(repo_url: str, commit_sha: str, system: System) -> dict[str, bytes]:
    """Return the files of a commit, asked for as a grader would: with git, from outside."""
    server, owner, name = repo_url.rsplit("/", 2)
    with tempfile.TemporaryDirectory(prefix="pagewright-eval-") as scratch:
        return PublicRepositories(server, owner, Path(scratch), system.git_environment).files_at(name, commit_sha)


def record_of(system: System, build_id: str) -> BuildRecord | None:
    """Wait for the end of the build's run and return the record that it kept."""
    end = time.monotonic() + RUN_ENDS_WITHIN_S
    while time.monotonic() < end:
        if have_ended(runs := runs_of(system, build_id)):
            return newest_record(system.store, build_id, [run["id"] for run in runs])
        time.sleep(POLL_EVERY_S)
    return None


def runs_of(system: System, build_id: str) -> list[dict[str, Any]]:
    """Return the runs of a build, which may not have been made yet."""
    found = system.store.find("run", repo=system.runner)
    return [run for run in found if id_in_title("build", {"name": run["run_name"]}) == build_id]


def have_ended(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there are runs, and nothing of them goes on."""
    return bool(runs) and all(run["status"] == "completed" for run in runs)
