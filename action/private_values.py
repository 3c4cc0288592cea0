"""What of a request nobody but sender and receiver shall read."""

from receiver.task import BuildRequest

SHORTEST = 8  # characters; anything shorter is in ordinary pages by chance


def confidential(request: BuildRequest) -> tuple[str, ...]:
    """Return what is masked wherever the build speaks of itself, however short it is."""
    task = request.task
    echoed = (str(task.echo[name]) for name in ("email", "nonce") if name in task.echo)
    return tuple(dict.fromkeys(filter(None, (task.email, task.nonce, task.evaluation_url, *echoed))))


def private_values(request: BuildRequest, *secrets: str) -> tuple[str, ...]:
    """Return what no published file may hold.

    What the brief itself says is public by the sender's own will: a contact card has the sender's address. That is
    never so for `secrets`, which are the build's own.
    """
    brief = request.task.brief.casefold()
    values = [value for value in confidential(request) if value.casefold() not in brief]
    return tuple(value for value in (*values, *secrets) if len(value) >= SHORTEST)
