"""`python -m action generate`: from the request to a bundle of files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import Field

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.console import Console
from action.errors import NoBrowser, UserError
from action.gates.http import GuardedHttp
from action.generate.generate import generate
from action.generate.tools import Budget, OpenSite, Tools, no_browser
from action.github.clone import MOST_REVISIONS, PublicHistory, PublicRepositories
from action.job.job import Job, time_for
from action.job.settings import (
    MODELS,
    AllowedHosts,
    Chrome,
    GeminiApiKey,
    GithubToken,
    Models,
    MostRevisions,
    Settings,
    StudentSecret,
    WholeNumber,
    incomplete,
)
from action.job.summary import render_files
from action.model.fallback import Fallback
from action.model.gemini import Gemini
from action.site import bundle
from receiver.task import BuildRequest

SECONDS_WHEN_LATE = 480.0


class GenerateSettings(Settings):
    """The model's key, and no token that can write."""

    student_secret: StudentSecret
    github_token: GithubToken = ""
    gemini_api_key: GeminiApiKey = ""
    models: Models = MODELS
    allowed_hosts: AllowedHosts = frozenset()
    most_calls: WholeNumber = Field(Budget.calls, validation_alias="MAX_MODEL_CALLS")
    most_tokens: WholeNumber = Field(Budget.tokens, validation_alias="MAX_MODEL_TOKENS")
    most_candidates: WholeNumber = Field(Budget.candidates, validation_alias="MAX_CANDIDATES")
    most_revisions: MostRevisions = MOST_REVISIONS
    chrome: Chrome = ""


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError; what failed is in the bundle's record even then."""
    settings = GenerateSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    request = job.request(settings.student_secret, settings.github_token)
    if not (settings.gemini_api_key or request.upload or request.restore):
        raise incomplete(["GEMINI_API_KEY is not set"])
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


def open_tools(
    settings: GenerateSettings, request: BuildRequest, environ: Mapping[str, str], console: Console, open_site: OpenSite
) -> Tools:
    """Open what the work needs: the model, addresses, and the repositories of the rounds before."""
    runner = settings.runner
    repositories = PublicRepositories(
        runner.server_url, runner.target_owner, runner.temp / "current", environ, only=request.project
    )
    return Tools(
        model=Fallback(Gemini(settings.gemini_api_key), settings.models, console),
        http=GuardedHttp(settings.allowed_hosts),
        console=console,
        deadline=time_for(runner, request.received_at, when_late=SECONDS_WHEN_LATE),
        license_holder=runner.target_owner,
        current_files=repositories.current_files,
        open_site=open_site,
        published=repositories.published,
        open_history=lambda name: PublicHistory.open(repositories, name),
        budget=Budget(settings.most_calls, settings.most_tokens, settings.most_candidates),
        most_revisions=settings.most_revisions,
        secret=settings.student_secret,
    )
