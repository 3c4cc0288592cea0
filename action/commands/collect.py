"""`python -m action collect`: bring the ledger up to date, and say what the dashboard needs to know besides."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from action.config_ledger import CollectConfig
from action.console import Console
from action.deadline import Deadline
from action.errors import UserError
from action.git import Git
from action.job import Job, append_summary
from action.ledger.artifacts import Artifacts
from action.ledger.gathering import KNOWN_PAGES, KNOWN_PAGES_DAILY, Gatherer
from action.ledger.history import TargetHistory
from action.ledger.layout import BRANCH
from action.ledger.running import running_builds
from action.ledger.superseded import remove_superseded
from action.phases.collect import Collector, Wish
from action.runner_api import NotThere, RunnerApi
from action.summary_ledger import render, verdict

SECONDS_FOR_DOWNLOADS = 420.0
SECONDS_FOR_EVERYTHING = 780.0  # but for the push; the job has 20 minutes
SECONDS_FOR_GIT = 300.0  # a ledger can be a gigabyte
BY_HAND_OR_DAILY = frozenset({"workflow_dispatch", "schedule"})


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = CollectConfig.from_environ(environ)
    runner = config.runner
    with requests.Session() as session, console.phase("Collect what runs left into the ledger") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=config.github_token)
        running = running_builds(api)
        done = make_collector(config, environ, console, api, running).collect(wish_of(config))
        shown.verdict = verdict(done)
        tidy(api, console)
    for problem in done.problems:
        console.warning(problem)
    settings = runner.temp / "dashboard.json"
    write_settings(settings, config, running)
    Job(runner, console).output(
        commit=done.commit, is_new="true" if done.is_new else "false", settings=settings.read_text()
    )
    where = f"{runner.server_url}/{runner.repository}"
    append_summary(runner.summary, lambda: render(done, where), console)


def tidy(api: RunnerApi, console: Console) -> None:
    """Remove the runs that waited in vain from the Actions tab. When GitHub does not let us, they stay there."""
    try:
        if removed := remove_superseded(api):
            console.line(f"{removed} runs that never started, because this one did their work, are removed")
    except (NotThere, UserError) as error:
        console.line(f"Runs that never started stay in the Actions tab: {error}")


def wish_of(config: CollectConfig) -> Wish:
    """Return how much is to be looked at: by hand and once a day, more than after a build."""
    is_thorough = config.event in BY_HAND_OR_DAILY
    return Wish(newest_tasks=is_thorough, anyway=is_thorough)


def make_collector(
    config: CollectConfig, environ: Mapping[str, str], console: Console, api: RunnerApi, running: list[dict[str, Any]]
) -> Collector:
    """Return the phase with real doors."""
    runner = config.runner
    ledger = Git(
        runner.temp / "ledger.git",
        f"{runner.server_url}/{runner.repository}.git",
        BRANCH,
        config.github_token,
        environ,
        depth=1,
        seconds=SECONDS_FOR_GIT,
    )
    gatherer = Gatherer(
        Artifacts(api),
        runner.repository,
        console,
        Deadline(datetime.now(UTC), SECONDS_FOR_DOWNLOADS),
        everything=config.is_rebuild,
        known_pages=KNOWN_PAGES_DAILY if config.event in BY_HAND_OR_DAILY else KNOWN_PAGES,
    )
    history = TargetHistory(runner.server_url, runner.temp / "targets", environ)
    ids = tuple(build["build_id"] for build in running)
    until = Deadline(datetime.now(UTC), SECONDS_FOR_EVERYTHING)
    return Collector(ledger, gatherer.gather, history, console, ids, has_time=lambda: not until.is_over)


def write_settings(path: Path, config: CollectConfig, running: list[dict[str, Any]]) -> None:
    """Write what the dashboard must know that is not in the ledger."""
    runner = config.runner
    settings = {
        "api_url": runner.api_url,
        "server_url": runner.server_url,
        "runner": runner.repository,
        "refresh_seconds": config.refresh_seconds,
        "running": running,
        "prices": dict(config.prices),
        **({"receiver_url": config.receiver_url} if config.receiver_url else {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=1) + "\n")
