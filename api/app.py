"""The Flask application of the door, and what agents and people ask for besides."""

from flask import Flask

from api.context import Api
from api.cors import Cors
from api.dashboard_data import DashboardData
from api.jobs import ExecuteWorkflow
from api.messages import FeedbackWorkflow
from api.projects import Projects
from api.routes import (
    docs,
    execute,
    explain,
    feedback,
    forms,
    hide_version,
    imports,
    jobs_by_id,
    message_by_id,
    orchestrator,
    read_file,
    read_versions,
    starts,
    tasks,
    versions,
)
from api.starts import Starts
from api.versions import History
from api.waiting import WaitingRoom
from receiver import app as door
from receiver.cache import Recent
from receiver.config import Config
from receiver.github import RunnerRepository
from receiver.task import Keys

KEEP_JOBS_S = 1.5  # less than the pause between two looks at a run
ROUTES = (
    *(docs, execute, explain, feedback, forms, hide_version, imports, jobs_by_id, message_by_id, read_file),
    *(orchestrator, read_versions, starts, tasks, versions),
)


def create_app(
    config: Config,
    runner: RunnerRepository,
    jobs: ExecuteWorkflow,
    messages: FeedbackWorkflow,
    projects: Projects,
    data: DashboardData,
    history: History,
    started: Starts,
    *,
    keys: Keys | None = None,
    waiting: WaitingRoom | None = None,
) -> Flask:
    """Make the application of the door, and add the other routes to it."""
    app = door.create_app(config, runner, keys, messages.outcome_if_known)
    app.extensions["api"] = Api(
        door=app.extensions["receiver"],
        jobs=jobs,
        recent_jobs=Recent(jobs.recent, keep_s=KEEP_JOBS_S),
        messages=messages,
        recent_messages=Recent(messages.recent, keep_s=KEEP_JOBS_S),
        projects=projects,
        data=data,
        history=history,
        starts=started,
        waiting=waiting or WaitingRoom(),
    )
    for route in ROUTES:
        app.register_blueprint(route.blueprint)
    if config.cors_origins:  # around all else: strangers are refused before the application begins
        app.wsgi_app = Cors(app.wsgi_app, config.cors_origins)  # type: ignore[method-assign]
    return app
