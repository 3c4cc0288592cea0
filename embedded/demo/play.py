"""The demo: one sample task in two rounds through the whole embedded system, followed live and told at the end."""

import time
from dataclasses import dataclass
from typing import Any

import requests
from rich.console import Console

from embedded.demo.follow import Attempt, NoRunAppeared, Watcher
from embedded.demo.page_check import Outside, PageDisagrees
from embedded.demo.prepared import LABEL
from embedded.demo.sample_task import first_round, second_round
from embedded.demo.story import Chapter, Progress, announce, tell
from embedded.system.bootstrap import RUNNER
from embedded.system.system import System

ROUND_TIMEOUT_S = 300
CALLBACK_TIMEOUT_S = 15


class DemoFailed(Exception):
    """What happened, the likely cause and the next step, in one text."""


@dataclass(frozen=True)
class Demo:
    """Plays the part of the evaluation server's owner."""

    system: System
    console: Console

    def play(self) -> None:
        """Send both rounds and tell what came of them. Raises DemoFailed."""
        problems = []
        for task in (first_round(), second_round()):
            announce(self.console, task)
            chapter = self.play_round(task)
            tell(self.console, chapter)
            problems += [f"Round {task['round']}: {chapter.problem}"] if chapter.problem else []
        if problems:
            raise DemoFailed("\n".join(problems))

    def play_round(self, task: dict[str, Any]) -> Chapter:
        """Send one round, follow its build and check what came of it. Raises DemoFailed."""
        started = time.monotonic()
        sent, build_id = self.send(task)
        self.console.print(f"  ✓ The receiver answered 200: build {build_id}", highlight=False)
        progress, run, attempts = self.follow(build_id)
        seconds = time.monotonic() - started
        callback = self.callback_for(sent, run)
        files = self.check(callback, run)
        return Chapter(
            seconds=seconds,
            attempts=attempts,
            links={
                "page": callback["pages_url"],
                "repository": callback["repo_url"],
                "commit": f"{callback['repo_url']}/commit/{callback['commit_sha']}",
                "run and log": run["html_url"],
            },
            callback=callback,
            problem=self.problem_of(progress, run),
            verdict=f"the callback arrived, and the page serves its commit ({files} files compared byte for byte)",
        )

    def problem_of(self, progress: Progress, run: dict[str, Any]) -> str | None:
        """Return which steps of a run failed although the callback arrived, and where to look; None when none did."""
        if run["conclusion"] == "success":
            return None
        failed = [f"“{phase.name}”" for phase in progress.phases if phase.conclusion == "failure"]
        return f"{', '.join(failed) or 'The run'} failed, so the plain page was published. {self.where_to_look(run)}"

    def send(self, task: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """POST the task; return it as it was sent, and the build's id. Raises DemoFailed."""
        sent, answer = self.system.evaluator.send(task)
        if answer.status_code != 200:
            raise DemoFailed(
                f"The receiver answered {answer.status_code}: {answer.text.strip()}\n"
                f"Its log is {self.system.receiver_log}; the embedded GitHub's is {self.system.log}."
            )
        return sent, str(answer.json()["build_id"])

    def follow(self, build_id: str) -> tuple[Progress, dict[str, Any], list[Attempt]]:
        """Show the build until its run is over; return what was seen, and what its log says. Raises DemoFailed."""
        addresses, token = self.system.addresses, self.system.credentials.receiver_token
        progress = Progress(self.console)
        with local_session() as session, progress.shown():
            session.headers["Authorization"] = f"Bearer {token}"
            watcher = Watcher(session, addresses.api, RUNNER)
            try:
                for snapshot in watcher.follow(build_id, ROUND_TIMEOUT_S):
                    progress.update(snapshot)
                return progress, snapshot.run, watcher.attempts_of(snapshot.run["id"])
            except (NoRunAppeared, TimeoutError, requests.RequestException) as error:
                raise DemoFailed(f"{error}\nThe embedded GitHub's log is {self.system.log}.") from None

    def callback_for(self, sent: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
        """Return the callback of a task. Raises DemoFailed."""
        entry = self.system.journal.wait_for_callback(sent["nonce"], CALLBACK_TIMEOUT_S)
        if entry is None:
            raise DemoFailed(f"The run ended ({run['conclusion']}), but no callback arrived. {self.where_to_look(run)}")
        if entry["reasons"]:
            raise DemoFailed(f"The callback was refused: {'; '.join(entry['reasons'])}. {self.where_to_look(run)}")
        body: dict[str, Any] = entry["body"]
        return body

    def check(self, callback: dict[str, Any], run: dict[str, Any]) -> int:
        """Return how many files were compared. Raises DemoFailed."""
        with local_session() as session:
            try:
                return Outside(session, self.system.git_environment).compare(callback)
            except (PageDisagrees, requests.RequestException) as error:
                raise DemoFailed(f"{error} {self.where_to_look(run)}") from None

    def where_to_look(self, run: dict[str, Any]) -> str:
        """Return where the logs of a run are, as files: the web pages end with this program."""
        return f"The logs of its jobs are in {self.system.data.path / 'runs' / str(run['id'])}."


def play_demo(system: System, console: Console) -> None:
    """Play on a system that is up, and tell the story. Raises DemoFailed."""
    started = time.monotonic()
    Demo(system, console).play()
    console.rule(align="left", title=f"Both rounds took {time.monotonic() - started:.1f} s")
    if system.has_no_model:
        console.print(
            f"{LABEL} People wrote both answers and the repair beforehand, and the first answer is wrong on purpose; "
            "everything else happened as you saw it. With a real model:\n"
            "  GEMINI_API_KEY=… make demo",
            highlight=False,
        )
    if routes := sorted(set(system.github.unknown_routes)):
        console.print(f"Asked for, but not part of the embedded GitHub: {', '.join(routes)}", highlight=False)


def local_session() -> requests.Session:
    """Return an HTTP session that takes no proxy for this machine's own addresses."""
    session = requests.Session()
    session.trust_env = False
    return session
