"""Sends one request to the endpoint of a student, and puts into words what came back."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from action.gates.guarded_http import Fetched, GuardedHttpError
from embedded.evaluator.outbox import Outbox, Request

LONGEST_ANSWER = 300
TLS_FAILED = "its TLS certificate is not valid for this host, or no TLS is spoken there"


class HttpDoor(Protocol):
    """POSTs JSON to an address that a stranger named."""

    def post_json(self, url: str, body: Any, *, timeout_s: float) -> Fetched: ...


@dataclass(frozen=True)
class Sender:
    """`evaluation_url` is where callbacks shall go."""

    outbox: Outbox
    http: HttpDoor
    evaluation_url: str
    seconds_for_answer: float

    def send(self, request_id: int) -> None:
        """Send a request once, and record what came of it."""
        request = self.outbox.read(request_id)
        attempt = self.outbox.begin(request_id)
        if attempt is None:
            return
        status, said = self.post(request)
        self.outbox.end(request_id, attempt, status, said)

    def post(self, request: Request) -> tuple[int | None, str]:
        """Return the status, None when there was no answer, and words for people. The secret is never among them."""
        try:
            answer = self.http.post_json(
                request.endpoint, request.body(self.evaluation_url), timeout_s=self.seconds_for_answer
            )
        except GuardedHttpError as error:
            return None, no_answer(error)
        return answer.status, in_words(answer, request.secret)


def no_answer(error: GuardedHttpError) -> str:
    """Return why nothing was answered."""
    reason = TLS_FAILED if "SSLError" in str(error) else str(error)
    return f"No answer: {reason}."


def in_words(answer: Fetched, secret: str) -> str:
    """Return an answer in one line, without the secret, should the endpoint have repeated it."""
    text = " ".join(answer.body[: 20 * LONGEST_ANSWER].decode(errors="replace").split()).replace(secret, "***")
    text = "".join(character for character in text if character.isprintable())
    return f"{answer.status} {phrase(answer.status)}: {text[:LONGEST_ANSWER]}".rstrip(": ")


def phrase(status: int) -> str:
    """Return what a status means."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
