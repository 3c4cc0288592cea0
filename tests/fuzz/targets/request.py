"""The receiver's way in: bytes become one JSON object, the object a task, the task what travels to the workflow."""

import json
import zlib
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from receiver.body import parse_object
from receiver.errors import Problem
from receiver.task import BuildRequest, Execution, Keys, Payload, SentTask
from receiver.task.envelope import CannotOpenEnvelope, open_envelope
from receiver.task.feedback import Opinion
from tests.fuzz.running import Target
from tests.fuzz.shapes import JSON, NAME, as_json, half_valid, text_of

TASK = {
    "email": "student@example.com",
    "task": "t-1",
    "round": 1,
    "nonce": "n-1",
    "brief": "A page.",
    "checks": ["js: document.title === 'x'"],
    "evaluation_url": "https://example.com/notify",
    "attachments": [{"name": "data.csv", "url": "data:text/csv;base64,YQ=="}],
}
URL = st.sampled_from(
    ["data:text/plain,%41", "data:;base64,YQ", "data:,", "data:", "https://a.example/b.csv", "http://[::1", "//a"]
) | text_of("data:", "base64,", "%41", "https://", "[", "@", "%")
ATTACHMENT = st.fixed_dictionaries({}, optional={"name": NAME | JSON, "url": URL | JSON}) | URL
FIELDS = {
    "email": text_of("@", ".example"),
    "task": text_of("t-"),
    "round": st.sampled_from([2, "1", "١", "²", 1.0, 1e300, True, -1]),
    "brief": text_of("# ", "http://", "`x`"),
    "checks": st.lists(text_of("js: ", "page has a ") | JSON, max_size=5),
    "evaluation_url": URL,
    "attachments": st.lists(ATTACHMENT, max_size=5),
    "echo": JSON,
}
KEYS = Keys.derive("made up for the fuzzer", bytes(16))


def reads_as_a_task(body: dict[str, Any]) -> None:
    """A task is refused with the documented errors, or survives its way to the workflow unchanged."""
    try:
        task = SentTask.from_sender(parse_object(as_json(body).encode()))
    except (Problem, ValidationError):
        return
    request = BuildRequest.accept(task, KEYS)
    again = BuildRequest.model_validate_json(request.model_dump_json())
    assert again.task.model_dump() == task.model_dump(), "a task changes on its way"
    names = [attachment.name for attachment in task.attachments]
    assert len(set(names)) == len(names), "two attachments have one name"
    assert not any({"", ".", "..", ".git"} & set(name.split("/")) for name in names), "a name leaves the repository"


def reads_as_an_object(body: bytes) -> None:
    """A body is refused with a Problem, or is the object that Python reads."""
    try:
        found = parse_object(body)
    except Problem:
        return
    assert found == json.loads(body), "an object is read differently"


def reads_as_a_payload(value: tuple[str, Any]) -> None:
    """What a workflow is started with is refused with ValidationError, or is written as it was read."""
    name, document = value
    models: dict[str, type[BaseModel]] = {"execution": Execution, "opinion": Opinion, "payload": Payload}
    model = models[name]
    try:
        found = model.model_validate(document)
    except ValidationError:
        return
    assert model.model_validate_json(found.model_dump_json()) == found, "a payload changes on its way"


def opens_or_refuses(sealed: bytes) -> None:
    """An envelope that was changed cannot be opened, and says so."""
    try:
        open_envelope(b"PW1" + bytes(16) + sealed, "made up for the fuzzer")
    except CannotOpenEnvelope:
        return
    raise AssertionError("an envelope that nobody sealed can be opened")


BODY = (
    JSON.map(as_json).map(str.encode)
    | st.binary(max_size=50)
    | text_of("{", "[", '"a":', "1e999", "NaN", ",", "}", "-", "0").map(lambda text: text.encode(errors="replace"))
    | st.builds(lambda body, cut: as_json(body).encode()[:cut], half_valid(TASK, FIELDS), st.integers(1, 500))
)
EXECUTION = {"job_id": "0" * 20, "project": "a/b", "command": "true", "ref": "main", "timeout_s": 3}
OPINION = {"role": "teacher", "text": "Good.", "metrics": {"a": 1.5}, "revise": True, "restore": "0" * 40}
PAYLOAD = {
    "build_id": "0" * 20,
    "task_key": "1" * 20,
    "round": 1,
    "received_at": "2026-01-01T00:00:00Z",
    "envelope": "YQ==",
}
PAYLOADS = st.one_of(
    st.tuples(
        st.just("execution"), half_valid(EXECUTION, {"ref": text_of("refs/", "..", ".lock"), "command": text_of()})
    ),
    st.tuples(st.just("opinion"), half_valid(OPINION, {"text": text_of(), "metrics": JSON})),
    st.tuples(
        st.just("payload"), half_valid(PAYLOAD, {"stored": JSON, "received_at": text_of("2026-01-01", "T", "Z")})
    ),
)
TARGETS = [
    Target("request", half_valid(TASK, FIELDS), reads_as_a_task),
    Target("body", BODY, reads_as_an_object),
    Target("payload", PAYLOADS, reads_as_a_payload),
    Target("envelope", st.binary(max_size=100) | st.binary(max_size=100).map(zlib.compress), opens_or_refuses),
]
