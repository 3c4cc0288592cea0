"""`python -m action reconcile`: run again what did not end well, and tidy up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import requests

from action.config_ledger import ReconcileConfig
from action.console import Console
from action.errors import UserError
from action.gates.guarded_http import GuardedHttp
from action.git import Git
from action.job import append_summary
from action.ledger.build_runs import BuildRuns
from action.ledger.history import TargetHistory
from action.ledger.layout import BRANCH
from action.ledger.shelf import Shelf
from action.ledger.stored_requests import StoredRequests
from action.live_pages import LivePages
from action.phases.reconcile import Reconciler, outdated
from action.runner_api import RunnerApi
from action.summary_reconcile import render, verdict

KEPT_REQUESTS = timedelta(days=30)  # a run cannot be started again after that


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config, now = ReconcileConfig.from_environ(environ), datetime.now(UTC)
    runner = config.runner
    with requests.Session() as session, console.phase("Compare what was asked with what is") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=config.github_token)
        shelf = read_ledger(config, environ)
        reconciler = Reconciler(
            runs=BuildRuns(api),
            shelf=shelf,
            is_gone=LivePages(GuardedHttp(config.allowed_hosts)).is_gone,
            has_repository=TargetHistory(runner.server_url, runner.temp / "targets", environ).has,
            console=console,
            now=now,
            with_cancelled=config.with_cancelled,
        )
        steps = reconciler.reconcile()
        removed = tidy_up(StoredRequests(api), shelf, now, console)
        shown.verdict = verdict(steps, removed)
    append_summary(runner.summary, lambda: render(steps, removed), console)


def read_ledger(config: ReconcileConfig, environ: Mapping[str, str]) -> Shelf:
    """Return the ledger as it is. Raises UserError."""
    runner = config.runner
    url = f"{runner.server_url}/{runner.repository}.git"
    git = Git(runner.temp / "ledger.git", url, BRANCH, config.github_token, environ, depth=1)
    git.fetch()
    tip = git.tip()
    return Shelf(git.files(tip) if tip else {}, git.read_many)


def tidy_up(stored: StoredRequests, shelf: Shelf, now: datetime, console: Console) -> int:
    """Remove envelopes that no run can need any more; return how many. What fails is tried again the next time."""
    try:
        return stored.remove(outdated(shelf, stored.builds(), now - KEPT_REQUESTS))
    except UserError as error:
        console.report(error, degraded=True)
        return 0
