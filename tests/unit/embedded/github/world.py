"""A small GitHub in which something has run, and who asks it."""

import base64
from dataclasses import dataclass
from typing import Any

from flask import Flask

from embedded.github.core import GitHub
from embedded.github.tokens import ACTIONS_BOT, create_token
from tests.unit.embedded.github.doubles import ALL, Api, Reply

SITE = "/repos/alice/site"
ACTIONS = f"{SITE}/actions"
BUILD = b"on: {workflow_dispatch: {inputs: {mandatory-parameter: {required: true}}}}"
MOMENT = "2026-11-20T05:36:22Z"


@dataclass
class World:
    """alice/site with a run, a job, its log and artifacts; alice asks, unless another caller is named."""

    app: Flask
    github: GitHub
    alice: Api
    bob: Api
    nobody: Api
    sha: str = ""

    def caller(self, permissions: dict[str, str] = ALL, **options: Any) -> Api:
        return Api(self.app, create_token(self.github.store, "alice", permissions, **options))

    def job_token(self, permissions: dict[str, str]) -> Api:
        self.set("run", status="in_progress")
        self.set("job", status="in_progress", permissions=permissions)
        return Api(self.app, create_token(self.github.store, ACTIONS_BOT, {}, run_id=7))

    def set(self, kind: str, **fields: Any) -> None:
        with self.github.store.change(kind, "7") as document:
            document.update(fields)

    def outside(self, path: str, token: str = "") -> Reply:
        """Ask for something that is no part of the API, as the store of logs and git are."""
        basic = base64.b64encode(f"x:{token}".encode()).decode()
        answer = self.nobody.client.get(path, headers={"Authorization": f"Basic {basic}"} if token else {})
        return Reply(answer.status_code, answer.headers, answer.data, None)

    def log_in_store(self, **state: Any) -> Reply:
        self.set("job", **state)
        address = self.alice("GET", f"{ACTIONS}/jobs/7/logs").headers["Location"]
        return self.outside(address.removeprefix(self.github.web_url))

    def after(self, *asked: Any) -> "World":
        """Send a request first, whatever comes back."""
        self.alice(*asked)
        return self

    def changed(self, kind: str, **fields: Any) -> "World":
        self.set(kind, **fields)
        return self
