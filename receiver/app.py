"""The Flask application, made from a configuration and a door to GitHub."""

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from receiver.config import Config
from receiver.context import Receiver
from receiver.jobs import Jobs
from receiver.messages import Messages
from receiver.problems import explain, explain_problems
from receiver.projects import Projects
from receiver.recent import Recent
from receiver.recent_builds import RecentBuilds
from receiver.refusals import GitHubRefused
from receiver.routes import (
    accept_task,
    build_logs,
    build_status,
    description,
    execute,
    feedback,
    health,
    home,
    jobs_by_id,
    message_by_id,
    read_file,
)
from receiver.runner_repository import Runner
from receiver.strangers import Strangers
from receiver.task import Keys
from receiver.traces import log, trace_requests
from receiver.waiting import WaitingRoom

KEEP_JOBS_S = 1.5  # less than the pause between two looks at a run
ROUTES = (
    *(accept_task, build_logs, build_status, description, health, home),
    *(execute, feedback, jobs_by_id, message_by_id, read_file),
)


def create_app(
    config: Config,
    runner: Runner,
    jobs: Jobs,
    projects: Projects,
    messages: Messages,
    *,
    keys: Keys | None = None,
    waiting: WaitingRoom | None = None,
) -> Flask:
    """Make the application. Deriving the keys takes 0.2 s and happens here, once."""
    app = Flask("receiver")
    app.url_map.strict_slashes = False  # senders disagree about the last slash, too
    keys = keys or Keys.for_repository(config.secret, config.repository)
    app.extensions["pagewright"] = Receiver(
        config=config,
        runner=runner,
        keys=keys,
        recent_builds=RecentBuilds(runner.recent_builds),
        jobs=jobs,
        recent_jobs=Recent(jobs.recent, keep_s=KEEP_JOBS_S),
        projects=projects,
        messages=messages,
        waiting=waiting or WaitingRoom(),
    )
    for route in ROUTES:
        app.register_blueprint(route.blueprint)
    trace_requests(app)
    explain_problems(app)
    app.register_error_handler(GitHubRefused, explain_refusal)
    # The addresses in replies are the public ones when a proxy in front says which they are.
    behind_proxy = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=1)
    app.wsgi_app = Strangers(behind_proxy, config.secret, accept_task.PATHS)  # type: ignore[method-assign]
    return app


def explain_refusal(refusal: GitHubRefused) -> Response:
    """Answer 503, and tell the owner in the log why."""
    log.warning("%s %s %s", refusal.what, refusal.cause, refusal.next_step)
    return explain(refusal.problem())
