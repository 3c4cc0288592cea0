"""One class put together: its folder, settings, database, and the parts that work on it."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

import requests

from action.browser.chrome import find_browser
from action.console import Console
from action.errors import NoBrowser
from action.gates.http import GuardedHttp
from action.job.settings import MODELS
from action.model.fallback import Fallback, Providers, missing_key
from evaluator.callbacks import Inbox
from evaluator.check_processes import CheckProcesses
from evaluator.checking import Checker
from evaluator.db import Folder, Store
from evaluator.endpoints import Endpoints
from evaluator.errors import CannotCheck
from evaluator.gradebook import Gradebook
from evaluator.model_opinion import Critic
from evaluator.outcomes import Outcomes
from evaluator.page import Pages, Visitor
from evaluator.queue import Outbox, Sender
from evaluator.repository import Ages, Repositories
from evaluator.repository_marks import RepositoryRules
from evaluator.roster import Roster
from evaluator.settings import Settings
from evaluator.task_book import FOLDER, TaskBook
from evaluator.workflow_runs import WorkflowRuns

CHECKOUT = Path(__file__).parents[1]
SECONDS_BESIDES_THE_PAGE = 600.0  # git, the model, and runs of workflows have limits of their own, which this is above
USER_AGENT = "Pagewright evaluator"


class Classroom:
    """`environ` brings the models and their keys, GITHUB_TOKEN and CHROME, all optional. Raises EvaluatorError."""

    def __init__(
        self, folder: Folder, settings: Settings, environ: Mapping[str, str], now: Callable[[], float] = time.time
    ) -> None:
        self.folder, self.settings, self.now = folder, settings, now
        self._environ = environ
        self._session = requests.Session()
        self._http = GuardedHttp(settings.allowed_hosts, user_agent=USER_AGENT)
        templates = folder.path / settings.task_folder if settings.task_folder else FOLDER
        self.book = TaskBook(templates, settings.tasks, settings.seed)
        self.store = Store(folder.database, settings.deadline)
        patience = 60 * settings.minutes_until_given_up
        self.roster = Roster(self.store, now)
        self.outbox = Outbox(self.store, [60 * minutes for minutes in settings.retry_after_minutes], now)
        self.inbox = Inbox(self.store, 60 * settings.minutes_for_callback, now)
        self.gradebook = Gradebook(self.store, patience, now)
        self.outcomes = Outcomes(self.store, settings.weights, now, patience, settings.rounds, self.book.rounds_of)

    @property
    def has_model(self) -> bool:
        """Whether a model judges what no program can decide."""
        return not missing_key(self._models, *self._keys)

    @property
    def _models(self) -> tuple[str, ...]:
        named = self._environ.get("GEMINI_MODEL", "").split(",")
        return tuple(name.strip() for name in named if name.strip()) or MODELS

    @property
    def _keys(self) -> tuple[str, str, str]:
        gemini, openai, url = (
            self._environ.get(name, "").strip() for name in ("GEMINI_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL")
        )
        return gemini, openai, url

    def endpoints(self) -> Endpoints:
        """Return what looks at endpoints before anything is sent."""
        settings = self.settings
        return Endpoints(self.store, self._http, self.now, settings.requests_at_once, settings.seconds_for_answer)

    def sender(self) -> Sender:
        """Return what sends requests."""
        settings = self.settings
        return Sender(self.outbox, self._http, f"{settings.public_url}/notify", settings.seconds_for_answer)

    def checker(self) -> Checker:
        """Return what judges submissions, in this process."""
        settings, token = self.settings, self._environ.get("GITHUB_TOKEN", "")
        return Checker(
            gradebook=self.gradebook,
            repositories=Repositories(settings.repository_server, self.folder.clones, self._environ),
            rules=RepositoryRules(Ages(self._session, settings.api_url, token)),
            pages=Pages(self._http),
            looks=Visitor(self._environ, settings.allowed_hosts, settings.seconds_for_page)
            if settings.browser
            else None,
            critic=self._critic(),
            runs=WorkflowRuns(self._session, settings.api_url, token) if token else None,
            seconds_for_page=60 * settings.minutes_for_page,
            now=self.now,
        )

    def open_checks(self) -> CheckProcesses:
        """Return what checks in processes of its own. Raises CannotCheck when nothing could be checked."""
        self._must_have_tools()
        shutil.rmtree(self.folder.clones, ignore_errors=True)  # of a program that was stopped
        command = (sys.executable, "-m", "evaluator.check_process", str(self.folder.path))
        seconds = self.settings.seconds_for_page + SECONDS_BESIDES_THE_PAGE
        return CheckProcesses(command, {**self._environ, "PYTHONPATH": str(CHECKOUT)}, self.folder.log, seconds)

    def close(self) -> None:
        """End the connections."""
        self._session.close()
        self.store.close()

    def _must_have_tools(self) -> None:
        """Raise CannotCheck now, and not for each submission."""
        path = self._environ.get("PATH", os.defpath)
        if not shutil.which("git", path=path):
            raise CannotCheck("git was not found, so no repository can be read. Install it, and run this again.")
        if self.settings.browser:
            try:
                find_browser(self._environ.get("CHROME"), path)
            except NoBrowser as error:
                raise CannotCheck(
                    f"{error} Or set browser = false in evaluator.toml, to check without pages."
                ) from None

    def _critic(self) -> Critic | None:
        """Return what asks a model. The SDK reads GOOGLE_GEMINI_BASE_URL by itself."""
        if not self.has_model:
            return None
        return Critic(Fallback(Providers(*self._keys), self._models, Console(StringIO())))
