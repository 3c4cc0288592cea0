"""The callback: what it says, how often it is sent, and what is kept about it."""

from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import CallbackFailed
from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttp
from action.gates.private_values import WITHHELD, of_the_callback
from action.record import CallbackAttempt, Publication
from action.steps.notify import Notifier, callback, words_of
from receiver.task import BuildRequest, Task
from tests.unit.action.conftest import make_request

Reply = int | Exception


@dataclass
class FakeHttp(GuardedHttp):
    """Replies from a list; the last one stays."""

    replies: list[Reply]
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    body: bytes = b'{"message": "no"}'

    def post_json(self, url: str, body: Any, *, timeout_s: float, redirects: int = 3) -> Fetched:
        self.sent.append((url, body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return Fetched(reply, {}, self.body, url)


def send(
    http: FakeHttp,
    request: BuildRequest,
    publication: Publication | None,
    deadline: Deadline,
    clock: Any,
    log: StringIO,
) -> list[CallbackAttempt]:
    kept: list[CallbackAttempt] = []
    Notifier(http, deadline, Console(log), clock.sleep, clock, "open-sesame  1").notify(request, publication, kept)
    return kept


@pytest.fixture
def sent_as_text(request_: BuildRequest) -> BuildRequest:
    task = {**request_.task.model_dump(exclude={"echo", "checks", "attachments"}), "round": "1", "nonce": 4711}
    return request_.model_copy(update={"task": Task.model_validate(task)})


def test_accepted_at_once__nothing_more_is_sent(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    http = FakeHttp([200])
    kept = send(http, request_, publication, deadline, clock, log)
    assert [attempt.delivered for attempt in kept] == [True]
    assert clock.slept == []
    assert http.sent == [
        (
            "https://evaluation.example.org/notify",
            {
                "email": "student@example.org",
                "task": "sum-of-sales",
                "round": 1,
                "nonce": "nonce-4711-abcd",
                "repo_url": publication.repo_url,
                "commit_sha": "1" * 40,
                "pages_url": publication.pages_url,
            },
        )
    ]


def test_the_four_values_are_copied_back_as_they_were_sent(
    sent_as_text: BuildRequest, publication: Publication
) -> None:
    body = callback(sent_as_text, publication)
    assert body["round"] == "1"
    assert body["nonce"] == 4711


@pytest.mark.parametrize("reply", [201, 400, 404, 500, FetchFailed("it took too long")])
def test_anything_but_200_is_sent_again_after_1_2_4_8_seconds(
    reply: Reply,
    request_: BuildRequest,
    publication: Publication,
    deadline: Deadline,
    clock: Any,
    log: StringIO,
) -> None:
    http = FakeHttp([reply] * 4 + [200])
    kept = send(http, request_, publication, deadline, clock, log)
    assert clock.slept == [1, 2, 4, 8]
    assert [attempt.delivered for attempt in kept] == [False] * 4 + [True]


def test_a_repeat_that_the_server_calls_a_duplicate_is_delivered_by_one_try(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:  # R16
    http = FakeHttp([400], body=b'{"error": "Duplicate submission"}')
    again = publication.model_copy(update={"was_published_before": True})
    (only,) = send(http, request_, again, deadline, clock, log)
    assert (only.delivered, only.status, clock.slept) == (True, 400, [])
    assert "has it already (400)" in only.detail


def test_an_answer_that_was_lost__the_next_try_is_a_duplicate(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    http = FakeHttp([FetchFailed("it took too long"), 409], body=b"this nonce was already received")
    kept = send(http, request_, publication, deadline, clock, log)
    assert [attempt.delivered for attempt in kept] == [False, True]


def test_a_first_callback_that_is_called_a_duplicate_is_no_success(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    clock.time += 590
    with pytest.raises(CallbackFailed, match="answered 400"):
        send(FakeHttp([400], body=b"duplicate"), request_, publication, deadline, clock, log)


def test_it_ends_with_a_last_attempt_just_before_the_deadline(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    clock.time += 570
    http = FakeHttp([500])
    with pytest.raises(CallbackFailed, match="answered 500"):
        send(http, request_, publication, deadline, clock, log)
    assert clock.slept == [1, 2, 4, 8, 12]
    assert deadline.remaining() == pytest.approx(3)


def test_no_commit__nothing_is_sent_and_that_is_loud(
    request_: BuildRequest, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    http = FakeHttp([200])
    with pytest.raises(CallbackFailed, match="no commit to report"):
        send(http, request_, None, deadline, clock, log)
    assert http.sent == []


def test_a_refused_address_is_not_tried_again(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    http = FakeHttp([AddressRefused("its host is not on the public internet")])
    with pytest.raises(CallbackFailed, match="not on the public internet"):
        send(http, request_, publication, deadline, clock, log)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"unknown nonce nonce-4711-abcd of student@example.org", "unknown nonce *** of ***"),
        (b"Cannot POST /notify on EVALUATION.example.org for Student@Example.ORG", "Cannot POST *** on *** for ***"),
        (b"no STUDENT here, and teacher@school.example is away", "no *** here, and *** is away"),
        (b"student%40example.org, bm9uY2UtNDcxMS1hYmNk", WITHHELD),
        (b"the secret is open-sesame  1", "the secret is ***"),
        ("no student@example.org".encode("utf-16-le"), "no ***"),
        ("nonce-\N{ZERO WIDTH SPACE}4711-abcd".encode(), "***"),
        (b"\xff\x00::set-output name=x::y\r\n\x1b[31mred", "\N{REPLACEMENT CHARACTER}::set-output name=x::y [31mred"),
        (b"", ""),
        (b"no " * 200_000, "no " * 99 + "no\N{HORIZONTAL ELLIPSIS}"),
        (b"nonce-4711-abcd" * 6_000, "*" * 299 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)  # fmt: skip
def test_of_an_answer_its_beginning_is_kept_without_private_values_and_nothing_of_it_is_logged(
    request_: BuildRequest,
    publication: Publication,
    deadline: Deadline,
    clock: Any,
    log: StringIO,
    body: bytes,
    said: str,
) -> None:
    kept = send(FakeHttp([400, 200], body=body), request_, publication, deadline, clock, log)
    assert log.getvalue().splitlines() == [
        f"attempt 1: the evaluation server answered 400 with {len(body):,} bytes",
        "attempt 2: accepted",
    ]
    assert [attempt.said for attempt in kept] == [said, ""]


def test_of_several_refusals_the_last_one_is_kept(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO
) -> None:
    kept = send(FakeHttp([503, 400, FetchFailed("it took too long"), 200]), request_, publication, deadline, clock, log)
    assert [attempt.said for attempt in kept] == ["", '{"message": "no"}', "", ""]


def test_the_address_of_the_callback_is_nobodys_business_in_pieces_either(publication: Publication) -> None:
    url = "https://hooks.example.org:8443/v1/course-2026-key?student=roll-number-77&x=1"
    private = of_the_callback(make_request(evaluation_url=url))
    for piece in ("hooks.example.org", "hooks.example.org:8443", "course-2026-key", "roll-number-77"):
        assert piece in private
    assert words_of(b"/v1/course-2026-key?student=roll-number-77: no such hook", private) == "***?***: no such hook"


@pytest.mark.parametrize("has_commit", [True, False])
def test_nobody_waits__nothing_is_sent(
    request_: BuildRequest, publication: Publication, deadline: Deadline, clock: Any, log: StringIO, has_commit: bool
) -> None:
    http = FakeHttp([200])
    quiet = request_.model_copy(update={"task": request_.task.model_copy(update={"evaluation_url": ""})})
    dry = request_.model_copy(update={"dry_run": True})
    for each in (quiet, dry):
        assert send(http, each, publication if has_commit else None, deadline, clock, log) == []
    assert http.sent == []
