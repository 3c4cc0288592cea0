"""The door and the api as one application, with scripted doors instead of GitHub; clients as for the receiver."""

import pytest
from flask import Flask

from api.app import create_app
from receiver.config import Config
from receiver.task import Keys
from tests.unit.api.doubles import (
    Clock,
    ScriptedData,
    ScriptedHistory,
    ScriptedJobs,
    ScriptedMessages,
    ScriptedProjects,
    ScriptedStarts,
    waiting_room,
)
from tests.unit.receiver.conftest import (
    ScriptedRunner,
    client,
    config,
    keys,
    make_build,
    owner,
    runner,
    secret,
    task,
)

__all__ = ["client", "config", "keys", "make_build", "owner", "runner", "secret", "task"]  # fixtures


@pytest.fixture
def jobs() -> ScriptedJobs:
    return ScriptedJobs()


@pytest.fixture
def projects() -> ScriptedProjects:
    return ScriptedProjects()


@pytest.fixture
def messages() -> ScriptedMessages:
    return ScriptedMessages()


@pytest.fixture
def data() -> ScriptedData:
    return ScriptedData()


@pytest.fixture
def history() -> ScriptedHistory:
    return ScriptedHistory()


@pytest.fixture
def starts() -> ScriptedStarts:
    return ScriptedStarts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(
    config: Config,
    runner: ScriptedRunner,
    jobs: ScriptedJobs,
    messages: ScriptedMessages,
    projects: ScriptedProjects,
    data: ScriptedData,
    history: ScriptedHistory,
    starts: ScriptedStarts,
    clock: Clock,
    keys: Keys,
) -> Flask:
    room = waiting_room(clock)
    app = create_app(config, runner, jobs, messages, projects, data, history, starts, keys=keys, waiting=room)
    for recent in (app.extensions["api"].recent_jobs, app.extensions["api"].recent_messages):
        recent._keep_s = 0  # here, time stands still between two looks
    return app
