"""`python -m action check`: run the contract on the live page, after the callback. It holds nothing secret."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from action import summary
from action.browser.browser import PageBrowser
from action.browser.find import find_browser
from action.browser.limits import Limits
from action.config import CheckConfig
from action.console import Console
from action.current_files import NoSuchRepository, PublicRepositories
from action.errors import LivePageDiffers, RepositoryUnreadable, UserError
from action.job import Job
from action.phases.check import Checker, differs, states_before
from action.pictures import keep_pictures
from action.record import BuildRecord, Publication

SECONDS_FOR_A_VISIT = 15.0
PORTS = {"http": 80, "https": 443}


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. The callback is sent already, so that whatever is found here is a warning."""
    config = CheckConfig.from_environ(environ)
    job = Job(config.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    record.checked_attempt = config.runner.attempt
    try:
        with job.phase(record, "check", "Run the contract on the live page") as shown:
            shown.verdict = look(config, record, publication, environ, console)
            if record.live and record.live.worse:
                raise differs(record.live, publication)
    except UserError as error:
        console.report(error, degraded=True)
        if isinstance(error, LivePageDiffers):
            record.phases[-1].outcome = "degraded"
            record.save(config.runner.record)
    job.output(record=str(config.runner.record))
    job.summarize(record, summary.render_live)


def look(
    config: CheckConfig, record: BuildRecord, publication: Publication, environ: Mapping[str, str], console: Console
) -> str:
    """Look at the page, note it in the record and return it in one line. Raises UserError."""
    if publication.superseded_by:
        return "not looked at: a later commit is what the page shows"
    owner = publication.repository.partition("/")[0]
    repositories = PublicRepositories(config.runner.server_url, owner, config.runner.temp / "live", environ)
    direct = allowed(publication.pages_url, config.allowed_hosts)
    executable = find_browser(config.chrome or None, environ.get("PATH"))
    with PageBrowser(executable, environ, allowed_hosts=direct, limits=Limits(visit=SECONDS_FOR_A_VISIT)) as browser:
        try:
            found = Checker(repositories.files_at, browser.open_live).check(publication, states_before(record))
        except (NoSuchRepository, ValueError):
            raise unreadable(publication) from None
    if found is None:
        return "the commit holds no contract, so there is nothing to compare"
    record.live, record.screenshots = found.live, keep_pictures(found.screenshots, config.runner.record.parent)
    console.foreign("\n".join(str(result) for result in found.report.failures()) or "nothing failed")
    return f"{record.live.headline}; {len(record.live.differences)} of {record.live.compared} differ from before"


def allowed(pages_url: str, hosts: frozenset[str]) -> frozenset[str]:
    """Return the page's own "name:port" when the configuration allows its host although it is not public."""
    parts = urlsplit(pages_url)
    name = parts.hostname or ""
    address = f"{name}:{parts.port or PORTS.get(parts.scheme, 0)}"
    return frozenset({address}) if hosts & {name, address} else frozenset()


def unreadable(publication: Publication) -> RepositoryUnreadable:
    """Return the error for a commit whose contract cannot be had without a credential."""
    return RepositoryUnreadable(
        f"The contract of commit {publication.commit_sha[:10]} could not be read.",
        f"{publication.repo_url} is private or gone, or its .pagewright/contract.json is of another version.",
        "Make the repository public, or send a new round; the page itself is not affected.",
    )
