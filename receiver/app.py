"""The Flask application of the door, made from a configuration and a runner repository."""

from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from receiver.cache import RecentBuilds
from receiver.config import Config
from receiver.context import Receiver
from receiver.errors import explain_errors
from receiver.gate import Gate
from receiver.github import RunnerRepository
from receiver.models import Build, BuildOutcome
from receiver.request_log import log_requests
from receiver.routes import accept_task, build_logs, build_status, description, health, home
from receiver.schedules import Schedules
from receiver.strangers import Strangers
from receiver.task import Keys

ROUTES = (accept_task, build_logs, build_status, description, health, home)


def nothing_more(build: Build) -> BuildOutcome | None:
    """Say no more about a build than its run does."""


def create_app(
    config: Config,
    runner: RunnerRepository,
    keys: Keys | None = None,
    outcome_of: Callable[[Build], BuildOutcome | None] = nothing_more,
) -> Flask:
    """Make the application. Deriving the keys takes 0.2 s and happens here, once.

    `outcome_of` reads what a build that has ended left.
    """
    app = Flask("receiver")
    app.url_map.strict_slashes = False  # senders disagree about the last slash, too
    keys = keys or Keys.for_repository(config.secret, config.repository)
    recent, gate = RecentBuilds(runner.recent_builds), Gate(config.secret, config.keys)
    app.extensions["receiver"] = Receiver(config, runner, keys, recent, Schedules(runner), gate, outcome_of)
    for route in ROUTES:
        app.register_blueprint(route.blueprint)
    log_requests(app)
    explain_errors(app)
    # The addresses in replies are the public ones when a proxy in front says which they are.
    behind_proxy = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=1)
    app.wsgi_app = Strangers(behind_proxy, gate, accept_task.PATHS)  # type: ignore[method-assign]
    return app
