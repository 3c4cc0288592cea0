"""`python -m action generate`: from the request to a bundle of files."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime

from pydantic import Field

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.console import Console
from action.deadline import at_most
from action.errors import NoBrowser, UserError
from action.gates.http import GuardedHttp
from action.generate.generate import generate
from action.generate.tools import Budget, OpenSite, Tools, no_browser
from action.github.clone import MOST_REVISIONS, PublicHistory, PublicRepositories
from action.job.job import Job, time_for
from action.job.settings import (
    Chrome,
    GithubToken,
    ModelSettings,
    MostRevisions,
    Number,
    Runner,
    StudentSecret,
    WholeNumber,
    incomplete,
)
from action.job.summary import render_files
from action.model.fallback import Fallback, Providers, missing_key
from action.site import bundle
from receiver.task import BuildRequest

SECONDS_WHEN_LATE = 480.0
SECONDS_FOR_COSTS = 20.0
DASHBOARD_DATA = "dashboard-data"  # the branch with the dashboard's JSON


class GenerateSettings(ModelSettings):
    """The models' keys, and no token that can write."""

    student_secret: StudentSecret
    github_token: GithubToken = ""
    most_calls: WholeNumber = Field(Budget.calls, validation_alias="MAX_MODEL_CALLS")
    most_tokens: WholeNumber = Field(Budget.tokens, validation_alias="MAX_MODEL_TOKENS")
    most_candidates: WholeNumber = Field(Budget.candidates, validation_alias="MAX_CANDIDATES")
    most_revisions: MostRevisions = MOST_REVISIONS
    daily_budget: Number | None = Field(None, validation_alias="DAILY_BUDGET")
    chrome: Chrome = ""

    @property
    def missing_key(self) -> str:
        """The name of the secret that one of the models needs and that is not there; uploads and versions need none."""
        return missing_key(self.models, self.gemini_api_key, self.openai_api_key, self.openai_base_url)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError; what failed is in the bundle's record even then."""
    settings = GenerateSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    request = job.request(settings.student_secret, settings.github_token)
    if settings.missing_key and not (request.upload or request.restore):
        raise incomplete([f"{settings.missing_key} is not set"])
    record = job.new_record(request, settings.student_secret)
    try:
        with browser_for(settings, environ, console) as open_site:
            made = generate(request, open_tools(settings, request, environ, console, open_site), record)
        digest = bundle.write(runner.bundle, made.files, record, removed=made.removed, fetched=made.fetched)
        job.output(bundle=str(runner.bundle), digest=digest)
    except UserError as error:
        record.add_failure("generate", error)
        record.save(runner.bundle / "record.json")
        raise
    finally:
        record.save(runner.record)
        job.output(build_id=record.build_id, record=str(runner.record))
        job.summarize(record, render_files)


@contextmanager
def browser_for(settings: GenerateSettings, environ: Mapping[str, str], console: Console) -> Iterator[OpenSite]:
    """Start the browser while the model is asked. Without one, what is said of pages stays unclear."""
    if not settings.most_candidates:
        yield no_browser
        return
    try:
        browser = PageBrowser(find_browser(settings.chrome or None, environ.get("PATH")), environ)
    except NoBrowser as error:
        console.report(error, degraded=True)
        yield no_browser
        return
    with browser:
        yield browser.open


def spent_on(day: date, runner: Runner, token: str) -> float | None:
    """Return what the builds of a day have cost, as the dashboard last said it; None when that cannot be had now."""
    import requests  # builds without a daily budget do not wait for it

    from action.github.api import NotThere, RunnerApi

    try:
        with at_most(SECONDS_FOR_COSTS, "Asking what today has cost"), requests.Session() as session:
            api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=token)
            found = api.get("/contents/api/stats.json", ref=DASHBOARD_DATA)
            days = json.loads(base64.b64decode(found["content"]))["days"]
            return sum(float(each["cost"]) for each in days if each["date"] == day.isoformat())
    except (NotThere, UserError, ValueError, TypeError, KeyError):
        return None


def open_tools(
    settings: GenerateSettings, request: BuildRequest, environ: Mapping[str, str], console: Console, open_site: OpenSite
) -> Tools:
    """Open what the work needs: the model, addresses, and the repositories of the rounds before."""
    runner = settings.runner
    providers = Providers(settings.gemini_api_key, settings.openai_api_key, settings.openai_base_url)
    repositories = PublicRepositories(
        runner.server_url, runner.target_owner, runner.temp / "current", environ, only=request.project
    )
    return Tools(
        model=Fallback(providers, settings.models, console),
        http=GuardedHttp(settings.allowed_hosts),
        console=console,
        deadline=time_for(runner, request.received_at, when_late=SECONDS_WHEN_LATE),
        license_holder=runner.target_owner,
        current_files=repositories.current_files,
        open_site=open_site,
        published=repositories.published,
        open_history=lambda name: PublicHistory.open(repositories, name),
        budget=Budget(settings.most_calls, settings.most_tokens, settings.most_candidates, settings.daily_budget),
        spent_today=lambda: spent_on(datetime.now(UTC).date(), runner, settings.github_token),
        most_revisions=settings.most_revisions,
        secret=settings.student_secret,
    )
