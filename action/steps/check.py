"""`python -m action check`: run the contract on the live page, after the callback. It holds nothing secret."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.browser.visit import Limits
from action.console import Console
from action.contract.contract import PATH, Contract, Report, Result
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.contract.visit import Screenshots, Site
from action.errors import LivePageDiffers, RepositoryUnreadable, UserError
from action.gates.http import PORTS
from action.gates.text import without_addresses
from action.github.clone import NoSuchRepository, PublicRepositories
from action.job import summary
from action.job.job import Job
from action.job.settings import AllowedHosts, Chrome, Settings
from action.record import BuildRecord, LiveCheck, LiveDifference, Publication
from action.site.pictures import keep_pictures

SECONDS_FOR_A_VISIT = 15.0
DECIDED = {"pass", "fail"}
LONGEST_FOUND = 300
MOST_DIFFERENCES = 50


class CheckSettings(Settings):
    """No secret and no token at all."""

    allowed_hosts: AllowedHosts = frozenset()
    chrome: Chrome = ""


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. The callback is sent already, so that whatever is found here is a warning."""
    settings = CheckSettings.from_environ(environ)
    job = Job(settings.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    record.checked_attempt = settings.runner.attempt
    try:
        with job.step(record, "check", "Run the contract on the live page") as shown:
            if publication.superseded_by:
                shown.verdict = "not looked at: a later commit is what the page shows"
            else:
                with open_checker(settings, [publication], environ) as look:
                    shown.verdict = note(look(publication, states_before(record)), record, job)
            if record.live and record.live.worse:
                raise differs(record.live, publication)
    except UserError as error:
        console.report(error, degraded=True)
        if isinstance(error, LivePageDiffers):
            record.phases[-1].outcome = "degraded"
            record.save(settings.runner.record)
    job.output(record=str(settings.runner.record))
    job.summarize(record, summary.render_live)


@dataclass(frozen=True)
class Look:
    """What a look at the live page showed."""

    live: LiveCheck
    report: Report
    screenshots: Screenshots | None


LookAt = Callable[[Publication, Mapping[str, str]], Look | None]
"""Takes a publication and its states before publishing. Raises UserError."""


@contextmanager
def open_checker(
    settings: CheckSettings, publications: Sequence[Publication], environ: Mapping[str, str]
) -> Iterator[LookAt]:
    """Yield what runs the contracts of one owner's repositories on their live pages, with one browser for all."""
    runner, owner = settings.runner, publications[0].repository.partition("/")[0]
    repositories = PublicRepositories(runner.server_url, owner, runner.temp / "live", environ)
    direct = frozenset[str]().union(*(allowed(each.pages_url, settings.allowed_hosts) for each in publications))
    executable = find_browser(settings.chrome or None, environ.get("PATH"))
    with PageBrowser(executable, environ, allowed_hosts=direct, limits=Limits(visit=SECONDS_FOR_A_VISIT)) as browser:
        yield partial(check, repositories.files_at, browser.open_live)


def check(
    files_at: Callable[[str, str], Mapping[str, bytes]],
    open_live: Callable[[str], Site | None],
    publication: Publication,
    before: Mapping[str, str],
) -> Look | None:
    """Compare with the states before publishing, by id; None when the commit holds no contract. Raises UserError.

    `files_at` takes a repository's name and a commit, `open_live` the page's address.
    """
    try:
        files = files_at(publication.repository.partition("/")[2], publication.commit_sha)
        if PATH not in files:
            return None
        contract = Contract.from_storage(files[PATH])
        seen = evaluate(contract, Candidate(files), open_live(publication.pages_url), screenshots=True)
    except (NoSuchRepository, ValueError):
        raise unreadable(publication) from None
    return Look(compare(seen.report, before), seen.report, seen.screenshots)


def note(found: Look | None, record: BuildRecord, job: Job) -> str:
    """Put into the record what was seen, and return it in one line."""
    if found is None:
        return "the commit holds no contract, so there is nothing to compare"
    record.live, record.screenshots = found.live, keep_pictures(found.screenshots, job.runner.record.parent)
    job.console.foreign("\n".join(str(result) for result in found.report.failures()) or "nothing failed")
    return f"{record.live.headline}; {len(record.live.differences)} of {record.live.compared} differ from before"


def allowed(pages_url: str, hosts: frozenset[str]) -> frozenset[str]:
    """Return the page's own "name:port" when the configuration allows its host although it is not public."""
    parts = urlsplit(pages_url)
    name = parts.hostname or ""
    address = f"{name}:{parts.port or PORTS.get(parts.scheme, 0)}"
    return frozenset({address}) if hosts & {name, address} else frozenset()


def states_before(record: BuildRecord) -> dict[str, str]:
    """Return what was known of the files that were published; of a page that stayed as it was, nothing is."""
    contract, publication = record.contract, record.publication
    if contract is None or contract.is_held_back or (publication and publication.is_fallback):
        return {}
    return {assertion.id: assertion.state for assertion in contract.assertions}


def compare(report: Report, before: Mapping[str, str]) -> LiveCheck:
    """Return what differs. What could not be decided, then or now, differs from nothing."""
    decided = [
        result
        for result in report.results
        if result.verdict.state in DECIDED and before.get(result.assertion.id) in DECIDED
    ]
    different = [result for result in decided if result.verdict.state != before[result.assertion.id]]
    return LiveCheck(
        headline=report.headline(),
        compared=len(decided),
        differences=[difference(result, before[result.assertion.id]) for result in different[:MOST_DIFFERENCES]],
        failing=len(report.failures()),
        seconds=report.seconds,
    )


def difference(result: Result, before: str) -> LiveDifference:
    """Return one difference for the record."""
    verdict, assertion = result.verdict, result.assertion
    found = without_addresses(verdict.actual or verdict.detail)[:LONGEST_FOUND]
    return LiveDifference(id=assertion.id, sentence=assertion.sentence, before=before, live=verdict.state, found=found)


def differs(live: LiveCheck, publication: Publication) -> LivePageDiffers:
    """Return the error of a live page that is worse than its files were."""
    examples = "; ".join(f"{item.sentence} ({item.found})" if item.found else item.sentence for item in live.worse[:3])
    return LivePageDiffers(
        f"{len(live.worse)} of {live.compared} assertions held before publishing and fail on the live page: {examples}",
        "the page loads something from the internet that differs or is missing there, or a cache serves an old file.",
        f"Open {publication.pages_url} and its console; in ten minutes, when caches have expired, run this job again.",
    )


def unreadable(publication: Publication) -> RepositoryUnreadable:
    """Return the error for a commit whose contract cannot be had without a credential."""
    return RepositoryUnreadable(
        f"The contract of commit {publication.commit_sha[:10]} could not be read.",
        f"{publication.repo_url} is private or gone, or its .pagewright/contract.json is of another version.",
        "Make the repository public, or send a new round; the page itself is not affected.",
    )
