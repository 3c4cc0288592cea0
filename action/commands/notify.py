"""`python -m action notify`: send the callback, whatever happened before."""

from collections.abc import Mapping

from action.config import NotifyConfig
from action.console import Console
from action.gates.guarded_http import GuardedHttp
from action.job import Job, time_for
from action.phases.notify import Notifier
from action.record import BuildRecord


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase and write the job summary. Raises UserError."""
    config = NotifyConfig.from_environ(environ)
    job = Job(config.runner, console)
    request = job.request(config.student_secret, config.github_token)
    record = job.record()
    deadline = time_for(config.runner, request.received_at, when_late=60)
    try:
        with job.phase(record, "notify", "Send the callback", deadline) as shown:
            notifier = Notifier(GuardedHttp(config.allowed_hosts), deadline, console, secret=config.student_secret)
            notifier.notify(request, record.publication, record.callbacks)
            shown.verdict = verdict(record)
    finally:
        job.summarize(record)


def verdict(record: BuildRecord) -> str:
    """Return the line below the group."""
    if not record.wants_callback:
        return "nobody waits for a callback"
    seconds = (record.callbacks[-1].at - record.received_at).total_seconds()
    return f"accepted at attempt {len(record.callbacks)}, {seconds:.0f} s after the request"
