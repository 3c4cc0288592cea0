"""What a build is about, in a form that anybody may read."""

from action.description import description_of
from action.naming import slug
from action.private_values import confidential, private_values
from action.public_text import public_text
from action.record import Subject
from receiver.task import BuildRequest, Keys

DIGITS_OF_RECIPIENT = 12


def subject_of(request: BuildRequest, secret: str, repository: str) -> Subject:
    """Return the subject of a build. `repository` is the runner repository, whose keys make the ids."""
    task = request.task
    keys = Keys.for_repository(secret, repository)
    return Subject(
        task=slug(task.task),
        recipient=recipient_of(task.email, keys),
        title=description_of(task.brief, task.task, private_values(request, secret)),
    )


def brief_of(request: BuildRequest, secret: str) -> str:
    """Return the brief in full. A page may show its sender's address on purpose; a ledger never collects it."""
    return public_text(request.task.brief, [*confidential(request), secret])


def checks_of(request: BuildRequest, secret: str) -> list[str]:
    """Return the checks as they were sent, one text for each, however it was written."""
    private = [*confidential(request), secret]
    return [public_text(str(check), private) for check in request.task.checks]


def recipient_of(email: str, keys: Keys) -> str:
    """Return what stands for an email address; nothing for a build that has none, as a revision."""
    return "" if not email else keys.name("recipient", email.strip().casefold())[:DIGITS_OF_RECIPIENT]
