"""`python -m action evaluate`: run the contracts of published pages on the live pages, and say what is found."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from action.console import Console
from action.contract.contract import Result
from action.deadline import at_most
from action.errors import RepositoryMissing, UserError
from action.gates.text import without_addresses
from action.job.job import Job, append_summary
from action.job.markdown import cell
from action.job.settings import Flag
from action.ledger.layout import RECORD, states_in
from action.record import BuildRecord, Publication
from action.steps.check import CheckSettings, Look, LookAt, open_checker, states_before
from action.steps.dispatch import Event, write_events
from action.steps.feedback import EVALUATOR, HELD, require_open
from receiver.task.feedback import Feedback

SECONDS_FOR_A_PAGE = 180.0  # one page that hangs does not hold up the others
MOST_PAGES = 20
MOST_FAILURES = 20
LARGEST_LIST = 7_500  # characters with escapes: the text of feedback has at most 8,000
LONGEST_FOUND = 200


class EvaluateSettings(CheckSettings):
    """No secret and no token. `ledger` is a checkout of the ledger branch."""

    ledger: Path = Field(validation_alias="PAGEWRIGHT_LEDGER")
    always_revises: Flag = Field(False, validation_alias="EVALUATOR_REVISES")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. A page that cannot be looked at is a warning, and the others are looked at. Raises UserError."""
    settings = EvaluateSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    event = job.event()
    wish = Wish.model_validate(event.get("inputs") or event.get("client_payload") or {})
    if settings.always_revises:
        wish = wish.model_copy(update={"revise": True})
    pages = pages_in(settings.ledger, runner.target_owner, wish.project)
    said: list[Feedback] = []
    if pages:
        with open_checker(settings, [page.publication for page in pages], environ) as look:
            said = look_at_all(pages, look, wish, (runner.repository, runner.run_id), console)
    else:
        console.notice("The ledger holds no published page yet, so there is nothing to look at.")
    digest = write_events(runner.temp / "events", [Event.of(each) for each in said])
    job.output(digest=digest, messages=str(len(said)))
    append_summary(runner.summary, lambda: render(said), console)


def look_at_all(
    pages: list["Page"], look: LookAt, wish: "Wish", run: tuple[str, int], console: Console
) -> list[Feedback]:
    """Return what is said about each page that can be looked at."""
    said = []
    for page in pages:
        doing = f"Look at {page.name}"
        try:
            with console.group(doing) as shown, at_most(SECONDS_FOR_A_PAGE, doing):
                found = look(page.at_the_tip, page.before)
                if found is None:
                    shown.verdict = "it has no contract"
                    continue
                console.foreign("\n".join(str(result) for result in found.report.failures()) or "nothing failed")
                shown.verdict = found.report.headline()
        except UserError as error:
            console.report(error, degraded=True)
        else:
            said.append(opinion(page, found, wish, run, datetime.now(UTC)))
    return said


class Wish(BaseModel):
    """What the person who starts the Evaluator fills in; on a schedule, nothing is."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    project: str = ""
    revise: bool = False

    @field_validator("project", mode="before")
    @classmethod
    def as_text(cls, value: object) -> object:
        """Forms bring spaces along, and null for what was left empty."""
        return value.strip() if isinstance(value, str) else value or ""

    @field_validator("revise", mode="before")
    @classmethod
    def as_truth(cls, value: object) -> object:
        """A box in a form is a text, or missing."""
        return str(value).strip().lower() == "true"


@dataclass(frozen=True)
class Page:
    """A published page and what was true of it when it was published: states by id of the assertion."""

    publication: Publication
    before: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the repository."""
        return self.publication.repository.partition("/")[2]

    @property
    def at_the_tip(self) -> Publication:
        """The publication with the commit that the page shows now: others may have pushed since."""
        return self.publication.model_copy(update={"commit_sha": "HEAD"})


def pages_in(ledger: Path, owner: str, project: str = "", most: int = MOST_PAGES) -> list[Page]:
    """Return the pages to look at, that of the newest build first; not those of tasks that are closed or archived.

    Raises RepositoryMissing for an unknown project, TaskNotOpen for one that is wanted and not open.
    """
    states = states_in(ledger)
    wanted = project.rpartition("/")[2].lower()
    found: dict[str, Page] = {}
    for record in newest_first(ledger):
        publication = record.publication
        if publication is None or publication.repository.partition("/")[0].lower() != owner.lower():
            continue
        is_wanted = publication.repository.partition("/")[2].lower() == wanted
        state = states.get(record.task_key, "open")
        if is_wanted:
            require_open(state)
        if is_wanted or (not wanted and state == "open"):
            found.setdefault(publication.repository, Page(publication, states_before(record)))
        if len(found) == (1 if wanted else most):
            break
    if wanted and not found:
        raise unknown_project(project)
    return list(found.values())


def newest_first(ledger: Path) -> Iterator[BuildRecord]:
    """Yield the records of the ledger. The numbers of runs grow, so that few files are read."""
    paths = [path.relative_to(ledger).as_posix() for path in ledger.glob("tasks/*/builds/*/*.json")]
    matches = [match for path in paths if (match := RECORD.fullmatch(path))]
    for match in sorted(matches, key=lambda match: (int(match["run"]), int(match["attempt"])), reverse=True):
        try:
            yield BuildRecord.load(ledger / match[0])
        except (OSError, ValueError):  # of another version: an older record of the page may still be read
            continue


def opinion(page: Page, look: Look, wish: Wish, run: tuple[str, int], at: datetime) -> Feedback:
    """Return what is said about a page. It asks for a revision when something that held does not hold any more."""
    states = [result.verdict.state for result in look.report.results]
    counts = {"passed": states.count("pass"), "failed": states.count("fail"), "unclear": states.count("unclear")}
    held = {difference.id for difference in look.live.worse}
    return Feedback(
        message_id=message_id(page, run),
        project=page.publication.repository,
        role=EVALUATOR,
        text=words(look.report.failures(), held, sum(counts.values()) - counts["unclear"]),
        metrics={name: float(count) for name, count in counts.items()},
        revise=wish.revise and bool(held),
        at=at,
    )


def message_id(page: Page, run: tuple[str, int]) -> str:
    """Return an id that is the same when the job is run again."""
    words = "\0".join(("evaluation", run[0], str(run[1]), page.publication.repository))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def words(failures: list[Result], held: set[str], decided: int) -> str:
    """Return what fails in plain sentences, what held before first."""
    if not failures:
        return f"All {decided} assertions that could be decided hold on the live page."
    ordered = sorted(failures, key=lambda result: result.assertion.id not in held)
    lines = [line(result, result.assertion.id in held) for result in ordered[:MOST_FAILURES]]
    while len(json.dumps(lines)) > LARGEST_LIST:
        lines.pop()
    left = len(failures) - len(lines)
    rest = [f"* and {left} more"] if left else []
    return "\n".join([f"{len(failures)} of {decided} assertions fail on the live page:", "", *lines, *rest])


def line(result: Result, held_before: bool) -> str:
    """Return one failure."""
    found = " ".join(without_addresses(result.verdict.actual or result.verdict.detail).split())[:LONGEST_FOUND]
    before = HELD if held_before else ""
    return f"* {' '.join(result.assertion.sentence.split())[:300]}{f' Found: {found}' if found else ''}{before}"


def render(said: list[Feedback]) -> str:
    """Return the job summary: one row for each page."""
    rows = [
        f"| {cell(each.project)} | {each.metrics['passed']:g} | {each.metrics['failed']:g}"
        f" | {each.metrics['unclear']:g} | {'yes' if each.revise else 'no'} |"
        for each in said
    ]
    heading = ["## Live pages", "", "| project | passed | failed | unclear | revision |", "|---|---|---|---|---|"]
    return "\n".join([*heading, *rows, ""])


def unknown_project(project: str) -> RepositoryMissing:
    """Return the error for a project that the ledger does not know."""
    return RepositoryMissing(
        f"The ledger has no page of the project {project}.",
        "its name was mistyped, or the workflow 'dashboard' has not collected its build yet.",
        "Take the name from the dashboard, or run the workflow 'dashboard' first.",
    )
