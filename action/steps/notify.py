"""`python -m action notify`: send the callback, whatever happened before."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from action.console import Console
from action.deadline import Deadline, seconds_asked
from action.errors import CallbackFailed
from action.gates.http import AddressRefused, GuardedHttp, GuardedHttpError
from action.gates.private_values import confidential, of_the_callback, public_text
from action.job.job import Job, time_for
from action.job.settings import AllowedHosts, GithubToken, Settings, StudentSecret
from action.record import BuildRecord, CallbackAttempt, Publication
from receiver.task import BuildRequest

SECONDS_FOR_AN_ANSWER = 30.0
MARGIN = 3.0  # the last attempt begins this long before the deadline
LONGEST_SAID = 300
REFUSALS = frozenset({400, 403, 409, 422})
HAS_IT = re.compile(r"duplicate|already|repeated|more than once", re.IGNORECASE)  # an evaluation server of its callback
LONGEST_READ = 100_000  # characters of an answer that are looked at: masking shortens them by far less than this


class NotifySettings(Settings):
    """What opens the request, and no token but the run's own."""

    student_secret: StudentSecret
    github_token: GithubToken = ""
    allowed_hosts: AllowedHosts = frozenset()


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step and write the job summary. Raises UserError."""
    settings = NotifySettings.from_environ(environ)
    job = Job(settings.runner, console)
    request = job.request(settings.student_secret, settings.github_token)
    record = job.record()
    deadline = time_for(settings.runner, request.received_at, when_late=60)
    try:
        with job.step(record, "notify", "Send the callback", deadline) as shown:
            notifier = Notifier(GuardedHttp(settings.allowed_hosts), deadline, console, secret=settings.student_secret)
            notifier.notify(request, record.publication, record.callbacks)
            shown.verdict = verdict(record)
    finally:
        job.summarize(record)


@dataclass(frozen=True)
class Notifier:
    """`now` returns seconds since the epoch; `secret` is never repeated."""

    http: GuardedHttp
    deadline: Deadline
    console: Console
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    secret: str = field(default="", repr=False)

    def notify(self, request: BuildRequest, publication: Publication | None, kept: list[CallbackAttempt]) -> None:
        """Send the callback until it is accepted; each attempt is added to `kept`. Raises CallbackFailed.

        Where nobody waits for one, nothing is sent.
        """
        if request.dry_run or not request.task.evaluation_url:
            return
        if publication is None:
            raise nothing_to_report()
        body = callback(request, publication)
        for number in count(1):
            attempt, asked = self.attempt(request, body)
            if publication.was_published_before or any(each.status is None for each in kept):
                attempt = as_known(attempt)  # an earlier one may have arrived
            for earlier in kept:  # of several refusals, the last one is worth reading
                earlier.said = "" if attempt.said else earlier.said
            kept.append(attempt)
            self.console.line(f"attempt {number}: {attempt.detail}")
            if attempt.delivered:
                return
            pause = None if asked is None else pause_after(number, asked, self.deadline.remaining() - MARGIN)
            if pause is None:
                break
            self.sleep(pause)
        raise not_delivered(kept)

    def attempt(self, request: BuildRequest, body: dict[str, Any]) -> tuple[CallbackAttempt, float | None]:
        """POST once. Returns the attempt, and the seconds until the next that the server asks for.

        None says that another one cannot end differently.
        """
        at = datetime.fromtimestamp(self.now(), UTC)
        timeout = min(SECONDS_FOR_AN_ANSWER, max(5.0, self.deadline.remaining()))
        try:
            answer = self.http.post_json(request.task.evaluation_url, body, timeout_s=timeout)
        except AddressRefused as error:
            return CallbackAttempt(at=at, detail=f"not sent: {error}"), None
        except GuardedHttpError as error:
            return CallbackAttempt(at=at, detail=f"no answer: {error}"), 0.0
        if answer.status == 200:
            return CallbackAttempt(at=at, status=200, detail="accepted", delivered=True), None
        detail = f"the evaluation server answered {answer.status} with {len(answer.body):,} bytes"
        asked = seconds_asked(answer.headers.get("retry-after", ""), self.now()) or 0.0
        said = words_of(answer.body, [*confidential(request), *of_the_callback(request), self.secret])
        return CallbackAttempt(at=at, status=answer.status, detail=detail, said=said), asked


def as_known(attempt: CallbackAttempt) -> CallbackAttempt:
    """Return an attempt; as delivered when the server refused it because it has this callback already."""
    if attempt.delivered or attempt.status not in REFUSALS or not HAS_IT.search(attempt.said):
        return attempt
    detail = f"the evaluation server has it already ({attempt.status})"
    return attempt.model_copy(update={"delivered": True, "detail": detail})


def words_of(body: bytes, private: Iterable[str]) -> str:
    """Return the beginning of an answer on one line. It may repeat the address, the email or the nonce; this does not.

    Masked before it is cut or put on one line, and without what nobody sees: a value could not be recognised after it.
    """
    text = body.decode(errors="replace")[:LONGEST_READ]
    seen = "".join(each for each in text if each.isprintable() or each.isspace())
    clean = " ".join(public_text(seen, private).split())
    return clean if len(clean) <= LONGEST_SAID else f"{clean[: LONGEST_SAID - 1].rstrip()}…"


def callback(request: BuildRequest, publication: Publication) -> dict[str, Any]:
    """Return the callback's body: the four values as they were sent, and three that are true."""
    task = request.task
    echo = {"email": task.email, "task": task.task, "round": task.round, "nonce": task.nonce, **task.echo}
    return {
        **echo,
        "repo_url": publication.repo_url,
        "commit_sha": publication.commit_sha,
        "pages_url": publication.pages_url,
    }


def pause_after(number: int, asked: float, left: float) -> float | None:
    """Return the pause after an attempt: 1, 2, 4, 8 … seconds, or as long as the server asks for; None without time.

    The last one is cut so that one more attempt fits in. Who asks for more than is left gets the usual pauses.
    """
    if left <= 0:
        return None
    return min(max(2.0 ** (number - 1), asked if asked <= left else 0.0), left)


def verdict(record: BuildRecord) -> str:
    """Return the line below the group."""
    if not record.wants_callback:
        return "nobody waits for a callback"
    seconds = (record.callbacks[-1].at - record.received_at).total_seconds()
    return f"accepted at attempt {len(record.callbacks)}, {seconds:.0f} s after the request"


def nothing_to_report() -> CallbackFailed:
    """Return the error of a build that has no commit: a callback with invented values would be worse than none."""
    return CallbackFailed(
        "No callback was sent: there is no commit to report.",
        "the step that publishes failed; its message is above.",
        "Correct what that message names, then run the build again with 'Re-run failed jobs'.",
    )


def not_delivered(attempts: list[CallbackAttempt]) -> CallbackFailed:
    """Return the error of a callback that nobody accepted."""
    last = attempts[-1].detail if attempts else "no attempt"
    return CallbackFailed(
        f"The callback was not accepted in {len(attempts)} attempts; the last one: {last}.",
        "the evaluation server is down, or not what the request's address says; a 400 means it expects other values.",
        "The page is published. Run the build again with 'Re-run failed jobs' to send only the callback again.",
    )
