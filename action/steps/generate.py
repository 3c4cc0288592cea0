"""`python -m action generate`: from the request to a bundle of files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.console import Console
from action.errors import NoBrowser, UserError
from action.gates.http import GuardedHttp
from action.generate.generate import generate
from action.generate.tools import Workshop
from action.generate.trial import OpenSite, no_browser
from action.github.clone import PublicHistory, PublicRepositories
from action.job.job import Job, time_for
from action.job.settings import GenerateConfig
from action.job.summary import render_files
from action.model.fallback import Ladder
from action.model.gemini import Gemini
from action.record import BuildRecord
from action.site import bundle
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
