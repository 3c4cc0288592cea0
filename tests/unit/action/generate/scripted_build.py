"""A build with a scripted model: a request goes in, a bundle comes out, and the questions can be read."""

import base64
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from action.console import Console
from action.deadline import Deadline
from action.gates.http import GuardedHttp
from action.generate import generate as work
from action.generate.tools import (
    DEFAULT_BUDGET,
    Budget,
    CurrentFiles,
    OpenSite,
    SpentToday,
    Tools,
    no_browser,
    nothing_before,
    nothing_known,
)
from action.model.interface import Answer
from action.model.prompts import Prompt
from action.record import BuildRecord, ModelCall
from action.site.bundle import Bundle
from receiver.task import BuildRequest, Task

RECEIVED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
PAGE = {"index.html": "<!doctype html><title>x</title>", "README.md": "# X\n\n## Usage\n\nOpen it.\n"}
CURRENT = {
    "index.html": b"<p>round 1</p>",
    "app.js": b"let a;",
    "old.js": b"let b;",
    "README.md": b"# X\n",
    ".pagewright/build.json": b"{}",
    ".github/workflows/pages.yml": b"on: push",
    "LICENSE": b"MIT",
}
Script = Mapping[str, str] | str | Exception


class ScriptedModel:
    """Each step is the files of a reply, the raw text of one ("TOKEN" stands for the token), or an error."""

    def __init__(self, *script: Script) -> None:
        self.script = list(script)
        self.prompts: list[Prompt] = []
        self.calls: list[ModelCall] = []

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        self.prompts.append(prompt)
        step = self.script.pop(0)
        outcome = "ERROR" if isinstance(step, Exception) else "STOP"
        self.calls.append(ModelCall(model="m", purpose=prompt.purpose, outcome=outcome, seconds=0))
        if isinstance(step, Exception):
            raise step
        text = step if isinstance(step, str) else blocks(step)
        return Answer(text.replace("TOKEN", self.token(prompt)), "STOP", "m")

    def token(self, prompt: Prompt) -> str:
        return str(re.findall(r"<<<DONE ([0-9a-f]{16})>>>", str(prompt.turns[-1].parts[-1]))[-1])

    def said(self, number: int = -1) -> str:
        """Everything that the last turn of a question says as text."""
        return "\n".join(part for part in self.prompts[number].turns[-1].parts if isinstance(part, str))


def blocks(files: Mapping[str, str]) -> str:
    whole = [f"<<<FILE TOKEN {path}>>>\n{content.rstrip()}\n<<<END TOKEN>>>\n" for path, content in files.items()]
    return "".join(whole) + "<<<DONE TOKEN>>>"


def request_for(**more: Any) -> BuildRequest:
    task: dict[str, Any] = {
        "email": "someone@mail.internal",
        "task": "my-task",
        "nonce": "the-nonce",
        "brief": "Build a page.",
        "evaluation_url": "https://evaluator.example/notify",
    }
    return BuildRequest(
        build_id="0" * 20, task_key="1" * 20, received_at=RECEIVED, task=Task.model_validate({**task, **more})
    )


def generate(request: BuildRequest, tools: Tools) -> Bundle:
    """Do the work of the step, with a record as a job makes one."""
    record = BuildRecord(
        build_id=request.build_id,
        task_key=request.task_key,
        round=request.task.round,
        received_at=request.received_at,
    )
    outcome = work.generate(request, tools, record)
    return Bundle(files=outcome.files, removed=outcome.removed, record=record, fetched=outcome.fetched)


def build(
    request: BuildRequest,
    *script: Script,
    current: CurrentFiles = nothing_before,
    elapsed: float = 10.0,
    log: io.StringIO | None = None,
    secret: str = "",
    open_site: OpenSite = no_browser,
    is_defect_expected: bool = False,
    budget: Budget = DEFAULT_BUDGET,
    spent_today: SpentToday = nothing_known,
) -> tuple[Bundle, ScriptedModel]:
    model, log = ScriptedModel(*script), log or io.StringIO()
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + elapsed)
    tools = Tools(model, GuardedHttp(), Console(log), deadline, "the-owner", current, open_site, secret=secret)
    tools = replace(tools, budget=budget, spent_today=spent_today)
    bundle = generate(request, tools)
    assert is_defect_expected or "E-DEFECT" not in log.getvalue()
    return bundle, model


def data_uri(body: bytes) -> str:
    return "data:;base64," + base64.b64encode(body).decode()


def earlier(files: Mapping[str, bytes] | None = None) -> Callable[[str, str], Mapping[str, bytes] | None]:
    def read(task: str, task_key: str) -> Mapping[str, bytes] | None:
        assert (task, task_key) == ("my-task", "1" * 20)
        return files

    return read
