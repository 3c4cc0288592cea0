"""POST /explain: what each check is read as, and what will be tried of it, before anything is built.

The compiler of checks is the runner's. It is asked in a process of its own, which ends after its time, so that the door
neither loads it nor waits for it.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.errors import EXPLAIN_BUSY, INVALID_REQUEST
from api.project_request import invalid_field
from receiver.auth import require
from receiver.body import read_as, read_object
from receiver.errors import Problem
from receiver.models import as_json
from receiver.openapi import BODY, KEY, Answer, Operation

LARGEST_BODY = 2_000_000  # bytes: checks, a brief and a small table
SECONDS = 30
ASK_AGAIN_S = 5
ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "action.contract.explain")
ONE_AT_A_TIME = threading.Semaphore()

blueprint = Blueprint("explain", __name__)


class ExplainRequest(BaseModel):
    """A request as it would be sent, or a part of it: only these fields are looked at."""

    model_config = ConfigDict(extra="ignore")

    checks: list[JsonValue] = Field(min_length=1, max_length=500, description="as in a task")
    brief: str = Field(default="", max_length=200_000)
    attachments: list[JsonValue] = Field(default=[], max_length=150, description="tables are read when they are inline")


class ReadAs(BaseModel):
    """One thing that a check is read as."""

    kind: str
    sentence: str = Field(description="what must be true, in plain words")
    executable: bool = Field(description="whether a program can decide it")
    gates: bool = Field(description="whether a page without it is repaired, and not good enough")


class ExplainedCheck(BaseModel):
    """A check as it was sent, and what it is read as: nothing when no rule reads it."""

    check: JsonValue
    read_as: list[ReadAs]
    note: str = Field(description="why it cannot be met, is not tried, or does not count; empty when all is well")


class Explanation(BaseModel):
    """All checks, in their order."""

    checks: list[ExplainedCheck]


@blueprint.post("/explain")
@Operation(
    "Say what each check is read as",
    {200: Answer("What will be tried of each check, and what will not.", (Explanation,))},
    BODY,
    takes=ExplainRequest,
    security=KEY,
)
def explain() -> Response:
    """Authenticate, validate, ask the compiler."""
    require("read")
    asked = read_as(ExplainRequest.model_validate, read_object(request, LARGEST_BODY), INVALID_REQUEST)
    if not ONE_AT_A_TIME.acquire(timeout=SECONDS):
        raise busy()
    try:
        answer = json.loads(ask(asked.model_dump_json()))
    except (subprocess.TimeoutExpired, ValueError):
        raise busy() from None
    finally:
        ONE_AT_A_TIME.release()
    if "error" in answer:
        raise invalid_field("attachments", str(answer["error"])[:300])
    return as_json(Explanation.model_validate(answer))


def ask(text: str) -> bytes:
    """Return what the compiler says. It gets no variable of the door's. Raises TimeoutExpired."""
    done = subprocess.run(
        PROGRAM, input=text.encode(), capture_output=True, timeout=SECONDS, cwd=ROOT, env={}, check=False
    )
    return done.stdout


def busy() -> Problem:
    """Return what is said when there was no answer in time."""
    return Problem(EXPLAIN_BUSY, retry_after_s=ASK_AGAIN_S)
