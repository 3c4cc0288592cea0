"""Whom the tests of the evaluator are about: Ann and Bob, their task, their clock, and what they hand in."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import psutil

from evaluator.gradebook import Submission
from evaluator.queue import Request
from evaluator.students import Student

SHA = "0123456789abcdef0123456789abcdef01234567"
BRIEF = "Publish a page that shows how many birds were counted this year, in an element with the id birds, plain."
TEMPLATE = f"""
id: bird-count
kind: single page
about: An example for the tests of the evaluator.
variables:
  larks: {{between: [3, 900000]}}
rounds:
- brief: {BRIEF}
  attachments: [{{name: birds.csv, text: "bird,number\\nlark,${{larks}}\\n"}}]
  checks: ["js: document.title === \\"Birds ${{larks}}\\"", notes.txt exists, The page is a joy to look at]
- brief: {BRIEF} And in round two also all the news.
  checks: ["js: document.title === \\"News\\"", news.html exists, notes.txt contains "lark"]
"""


class Clock:
    """Stands still until somebody sets it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


def student(name: str = "ann", **changes: Any) -> Student:
    values: dict[str, Any] = {
        "email": f"{name}@x.example",
        "endpoint": f"https://{name}.example/api",
        "secret": f"{name}-secret-value",
    }
    return Student(**{**values, **changes})


def callback_for(request: Request, **changes: object) -> dict[str, object]:
    """Return what a program of a student calls back."""
    copied = {"email": request.email, "task": request.task, "round": request.round, "nonce": request.nonce}
    place = f"{request.email.partition('@')[0]}/birds"
    urls = {"repo_url": f"https://github.com/{place}", "pages_url": f"https://pages.example/{place}/"}
    return {**copied, **urls, "commit_sha": SHA, **changes}


SENT = 1_800_000_000.0
FIRST = Submission(
    id=1,
    callback=1,
    email="ann@x.example",
    secret="ann-secret-value",
    task="birds",
    round=1,
    nonce="n1",
    asked={},
    first_sent_at=SENT,
    sent_at=SENT,
    accepted=True,
    received_at=SENT + 90,
    is_late=False,
    repo_url="https://github.example/ann/birds",
    commit_sha=SHA,
    pages_url="https://ann.pages.example/birds/",
    is_superseded=False,
)
SECOND = replace(FIRST, round=2, commit_sha="9" * 39 + "8", first_sent_at=SENT + 1_000)


def are_gone(processes: Iterable[int]) -> bool:
    """Whether all processes are over, after a moment (a zombie is)."""
    left, end = set(processes), time.monotonic() + 10
    while left and time.monotonic() < end:
        left = {process for process in left if is_alive(process)}
        time.sleep(0.05)
    return not left


def is_alive(process: int) -> bool:
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
