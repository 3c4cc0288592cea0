"""A GitHub of its own for tests of Actions: the server and Actions, without receiver, model and evaluator."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from embedded.actions.service import Actions, machine_of
from embedded.github.app import create_app
from embedded.github.bare_git import Person
from embedded.github.core import GitHub
from embedded.github.events import Event, Events
from embedded.github.repositories import create_repository
from embedded.github.store import Document, Store
from evaluator.server import Server

OWNER = "owner"
RUNNER = f"{OWNER}/runner"
MAIN = "refs/heads/main"
SECONDS_PER_MINUTE = 1.0
WORKFLOW = ".github/workflows/w.yml"
AUTHOR = Person("Test", "test@example.org", "2026-11-20T06:00:00Z")


class LittleGitHub:
    """Minutes of time limits last a second here."""

    def __init__(self, data: Path, patience: float = 10) -> None:
        self.data, self._patience = data, patience
        self.store = Store(data)
        self.store.put("user", OWNER, {"login": OWNER, "id": 1, "type": "User"})
        self.server = Server(self._answer)
        self.events = Events()
        self.core = GitHub(self.store, self.events, self.server.url, "http://localhost:1", self._claims)
        self.actions = self._actions()
        self.events.subscribe(lambda event: self.actions.on_event(event))
        self._app = create_app(self.core, self.actions.blueprints())
        self.server.start()
        self.actions.start()

    def _actions(self) -> Actions:
        machine = machine_of(os.environ["PATH"], self.server.url, f"{self.server.url}/api/v3")
        machine = replace(machine, seconds_per_minute=SECONDS_PER_MINUTE, patience=self._patience)
        return Actions(self.store, machine, RUNNER, {"runner": 4, "targets": 4})

    def _claims(self, token: str) -> dict[str, Any]:
        return self.actions.tokens.verify(token)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return self._app(environ, start_response)

    def restart_actions(self) -> None:
        """End everything that runs, as the end of the process does, and take it up again."""
        self.actions.stop()
        self.actions = self._actions()
        self.actions.start()

    def close(self) -> None:
        self.actions.stop()
        self.server.stop()
        self.store.close()

    def repository(self, name: str, files: dict[str, str]) -> str:
        """Make a repository whose first commit holds `files`; return the commit. No event is emitted."""
        git = self.core.git(create_repository(self.core, OWNER, {"name": name}))
        tree = git.write_tree(None, [("100644", path, git.write_blob(text.encode())) for path, text in files.items()])
        sha = git.write_commit(tree, [], "First", AUTHOR, AUTHOR)
        git.update_ref(MAIN, sha)
        return sha

    def emit(self, name: str, repo: str, sha: str, ref: str = MAIN, **payload: Any) -> list[int]:
        return self.events.emit(Event(name, f"{OWNER}/{repo}", ref, sha, payload, OWNER))

    def push(self, name: str, workflow: str, **files: str) -> int:
        """Make a repository with one workflow, as a push would; return the id of its run."""
        (run_id,) = self.emit("push", name, self.repository(name, {WORKFLOW: workflow, **files}))
        return run_id

    def finished(self, run_id: int) -> Document:
        """Wait for the end of a run."""
        run = self.actions.wait(run_id, 60)
        assert run is not None
        assert run["status"] == "completed", self.log(run_id)
        return run

    def jobs(self, run_id: int) -> dict[str, Document]:
        """Return the jobs of all attempts by name; later attempts win."""
        return {job["name"]: job for job in self.store.find("job", run_id=run_id)}

    def conclusions(self, run_id: int) -> dict[str, str]:
        return {name: job["conclusion"] for name, job in self.jobs(run_id).items()}

    def files_of(self, run_id: int, pattern: str) -> str:
        return "".join(file.read_text() for file in sorted((self.data / "runs" / str(run_id)).glob(pattern)))

    def log(self, run_id: int) -> str:
        return self.files_of(run_id, "*/*.log")


def wait_until(is_so: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
