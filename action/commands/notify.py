"""`python -m action notify`: send the callback, whatever happened before."""

from collections.abc import Mapping

from action.config import NotifyConfig
from action.console import Console
from action.gates.guarded_http import GuardedHttp
from action.job import Job, time_for
from action.phases.notify import Notifier


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase and write the job summary. Raises UserError."""
    config = NotifyConfig.from_environ(environ)
    job = Job(config.runner, console)
    request = job.request(config.student_secret, config.github_token)
    record = job.record()
    deadline = time_for(config.runner, request.received_at, when_late=60)
    try:
        with job.phase(record, "notify", "Send the callback") as shown:
            notifier = Notifier(GuardedHttp(config.allowed_hosts), deadline, console)
            notifier.notify(request, record.publication, record.callbacks)
            seconds = (record.callbacks[-1].at - record.received_at).total_seconds()
            shown.verdict = f"accepted at attempt {len(record.callbacks)}, {seconds:.0f} s after the request"
    finally:
        job.summarize(record)
