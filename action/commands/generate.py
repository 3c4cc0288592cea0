"""`python -m action generate`: from the request to a bundle of files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from action import bundle
from action.browser.browser import PageBrowser
from action.browser.find import find_browser
from action.config import GenerateConfig
from action.console import Console
from action.current_files import PublicRepositories
from action.errors import NoBrowser, UserError
from action.gates.guarded_http import GuardedHttp
from action.history import PublicHistory
from action.job import Job, time_for
from action.loop.proof import OpenSite, no_browser
from action.model.gemini import Gemini
from action.model.ladder import Ladder
from action.phases.generate import generate
from action.phases.workshop import Workshop
from action.record import BuildRecord
from action.summary import render_files
from receiver.task import BuildRequest

SECONDS_WHEN_LATE = 480.0
OF_THE_REQUEST = ("run", "subject", "revision", "restored", "wants_callback", "brief", "checks")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError; what failed is in the bundle's record even then."""
    config = GenerateConfig.from_environ(environ)
    job = Job(config.runner, console)
    request = job.request(config.student_secret, config.github_token)
    record = job.new_record(request, config.student_secret)
    try:
        with browser_for(config, environ, console) as open_site:
            made = generate(request, make_workshop(config, request, environ, console, open_site))
    except UserError as error:
        record.add_failure("generate", error)
        record.save(config.runner.bundle / "record.json")
        finish(job, record)
        raise
    for name in OF_THE_REQUEST:
        setattr(made.record, name, getattr(record, name))
    digest = bundle.write(config.runner.bundle, made.files, made.record, removed=made.removed, fetched=made.fetched)
    job.output(bundle=str(config.runner.bundle), digest=digest)
    finish(job, made.record)


def finish(job: Job, record: BuildRecord) -> None:
    """Keep the record, name the build in the outputs and write the job summary."""
    record.save(job.runner.record)
    job.output(build_id=record.build_id, record=str(job.runner.record))
    job.summarize(record, render_files)


@contextmanager
def browser_for(config: GenerateConfig, environ: Mapping[str, str], console: Console) -> Iterator[OpenSite]:
    """Start the browser while the model is asked. Without one, what is said of pages stays unclear."""
    if not config.budget.candidates:
        yield no_browser
        return
    try:
        browser = PageBrowser(find_browser(config.chrome or None, environ.get("PATH")), environ)
    except NoBrowser as error:
        console.report(error, degraded=True)
        yield no_browser
        return
    with browser:
        yield browser.open


def make_workshop(
    config: GenerateConfig, request: BuildRequest, environ: Mapping[str, str], console: Console, open_site: OpenSite
) -> Workshop:
    """Return the phase with real doors."""
    folder = config.runner.temp / "current"
    repositories = PublicRepositories(
        config.runner.server_url, config.target_owner, folder, environ, only=request.project
    )
    return Workshop(
        model=Ladder(Gemini(config.gemini_api_key), config.models, console),
        http=GuardedHttp(config.allowed_hosts),
        console=console,
        deadline=time_for(config.runner, request.received_at, when_late=SECONDS_WHEN_LATE),
        holder=config.target_owner,
        current_files=repositories.current_files,
        open_site=open_site,
        open_history=lambda name: PublicHistory.open(repositories, name),
        budget=config.budget,
        most_revisions=config.most_revisions,
        secret=config.student_secret,
    )
