"""`python -m action open_log`: open the log of a message, and leave it without what must not be public."""

from collections.abc import Mapping

from action.console import Console
from action.gates.private_values import public_log
from action.job.job import Job, StoredEnvelopes
from action.job.request import BlobStore, other_secret, sealed_bytes
from action.job.settings import GithubToken, Settings, StudentSecret
from action.ledger.layout import LOG
from action.steps.feedback import read_feedback
from receiver.task import CannotOpenEnvelope, open_envelope
from receiver.task.feedback import LARGEST_LOG, Feedback


class OpenLogSettings(Settings):
    """The secret that opens, and the run's own token, which reads what is stored."""

    student_secret: StudentSecret
    github_token: GithubToken


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError; the message is kept without its log then."""
    settings = OpenLogSettings.from_environ(environ)
    runner = settings.runner
    console.mask(settings.student_secret)
    feedback = read_feedback(Job(runner, console).event())
    with console.group("Open the log") as shown:
        text = log_of(feedback, settings.student_secret, StoredEnvelopes(runner, settings.github_token))
        body = text.encode(errors="replace")[:LARGEST_LOG]
        runner.temp.mkdir(parents=True, exist_ok=True)
        (runner.temp / LOG).write_bytes(body)
        shown.verdict = f"{len(body):,} bytes"


def log_of(feedback: Feedback, secret: str, blobs: BlobStore) -> str:
    """Return the log without what must not be public. Raises UnreadableRequest."""
    try:
        if feedback.log is None:
            raise CannotOpenEnvelope("there is none")
        content = open_envelope(sealed_bytes(feedback.log, blobs), secret).decode()
        message_id, _, text = content.partition("\n")
        if message_id != feedback.message_id:
            raise CannotOpenEnvelope("it belongs to another message")
    except (CannotOpenEnvelope, UnicodeDecodeError) as error:
        raise other_secret(f"The log of message {feedback.message_id} cannot be opened: {error}.") from None
    return public_log(text, [secret])
