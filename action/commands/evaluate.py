"""`python -m action evaluate`: run the contracts of published pages on the live pages, and say what is found."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from action.agents.config import EvaluateConfig
from action.agents.evaluator import Page, Wish, opinion, pages_in
from action.agents.events import Event, write_events
from action.browser.browser import PageBrowser
from action.browser.find import find_browser
from action.browser.limits import Limits
from action.commands.check import SECONDS_FOR_A_VISIT, allowed, unreadable
from action.console import Console
from action.current_files import NoSuchRepository, PublicRepositories
from action.errors import UserError
from action.escaping import cell
from action.job import Job
from action.phases.check import Checker, Look
from action.watchdog import at_most
from receiver.task.feedback import Feedback

SECONDS_FOR_A_PAGE = 180.0  # one page that hangs does not hold up the others


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. A page that cannot be looked at is a warning, and the others are looked at. Raises UserError."""
    config = EvaluateConfig.from_environ(environ)
    job = Job(config.runner, console)
    wish = Wish.of(job.event())
    if config.always_revises:
        wish = wish.model_copy(update={"revise": True})
    pages = pages_in(config.ledger, config.target_owner, wish.project)
    if pages:
        with checker_for(pages, config, environ) as checker:
            said = look(pages, checker, wish, config, console)
    else:
        said = []
        console.notice("The ledger holds no published page yet, so there is nothing to look at.")
    digest = write_events(config.runner.temp / "events", [Event.of(each) for each in said])
    job.output(digest=digest, messages=str(len(said)))
    summarize(config.runner.summary, said)


@contextmanager
def checker_for(pages: list[Page], config: EvaluateConfig, environ: Mapping[str, str]) -> Iterator[Checker]:
    """Yield what runs a contract on a live page, with one browser for all of them."""
    direct = frozenset[str]().union(*(allowed(page.publication.pages_url, config.allowed_hosts) for page in pages))
    folder, server = config.runner.temp / "live", config.runner.server_url
    repositories = PublicRepositories(server, config.target_owner, folder, environ)
    executable = find_browser(config.chrome or None, environ.get("PATH"))
    with PageBrowser(executable, environ, allowed_hosts=direct, limits=Limits(visit=SECONDS_FOR_A_VISIT)) as browser:
        yield Checker(repositories.files_at, browser.open_live)


def look(pages: list[Page], checker: Checker, wish: Wish, config: EvaluateConfig, console: Console) -> list[Feedback]:
    """Return what is said about each page that can be looked at."""
    run, said = (config.runner.repository, config.runner.run_id), []
    for page in pages:
        try:
            found = look_at(page, checker, console)
        except UserError as error:
            console.report(error, degraded=True)
        else:
            said += [opinion(page, found, wish, run, datetime.now(UTC))] if found else []
    return said


def look_at(page: Page, checker: Checker, console: Console) -> Look | None:
    """Run one page's contract; None when it has none. Raises UserError."""
    doing = f"Look at {page.name}"
    with console.phase(doing) as shown, at_most(SECONDS_FOR_A_PAGE, doing):
        try:
            found = checker.check(page.at_the_tip, page.before)
        except (NoSuchRepository, ValueError):
            raise unreadable(page.at_the_tip) from None
        if found is None:
            shown.verdict = "it has no contract"
            return None
        console.foreign("\n".join(str(result) for result in found.report.failures()) or "nothing failed")
        shown.verdict = found.report.headline()
        return found


def summarize(path: Path | None, said: list[Feedback]) -> None:
    """Write the job summary: one row for each page."""
    if path is None:
        return
    rows = [
        f"| {cell(each.project)} | {each.metrics['passed']:g} | {each.metrics['failed']:g}"
        f" | {each.metrics['unclear']:g} | {'yes' if each.revise else 'no'} |"
        for each in said
    ]
    heading = ["## Live pages", "", "| project | passed | failed | unclear | revision |", "|---|---|---|---|---|"]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join([*heading, *rows, ""]) + "\n")
