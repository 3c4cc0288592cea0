"""Tries drafts: puts the whole site together, runs the contract on it, and says whether that is better than before."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from action.console import report_defect
from action.contract.assertion import Element, Js
from action.contract.contract import Contract, Report, Result, Retired, Score
from action.contract.evaluate import Evaluation, evaluate
from action.contract.probes import is_program, is_selector
from action.contract.scripts import HOPELESS
from action.contract.verdict import Candidate
from action.contract.visit import Question, Screenshots, VisitPlan
from action.deadline import at_most
from action.errors import NoBrowser, UserError
from action.gates import secret_scan
from action.generate.candidate import Draft
from action.generate.inputs import Inputs, converted_files, written_files
from action.generate.tools import Tools, no_browser
from action.generate.whole_site import WholeSite, whole_site
from action.github.naming import repository_names
from action.record import ModelCall
from action.site.files import is_blank

Rank = tuple[bool, bool, int, Score, int]


@dataclass(frozen=True)
class Attempt:
    """`files` are all files as they would be committed. `problems` are what the file policy and the parser say.

    `lost` is what the page of the round before fulfilled and this candidate does not: all of it is told and repaired.
    `is_public` says that no file holds what nobody may see.
    """

    number: int
    draft: Draft
    files: Mapping[str, bytes]
    report: Report
    problems: tuple[str, ...] = ()
    lost: tuple[Result, ...] = ()
    screenshots: Screenshots | None = field(default=None, repr=False)
    is_public: bool = True

    @property
    def has_page(self) -> bool:
        """Whether there is anything to open, with something on it."""
        return not is_blank(self.files.get("index.html", b""))

    @property
    def breaks(self) -> tuple[Result, ...]:
        """What of the lost is a reason to hold a revision back: given checks, and a page that is broken in itself."""
        return tuple(result for result in self.lost if result.weight == "given" or result.verdict.is_broken)

    @property
    def is_good(self) -> bool:
        """Whether it can be published without a second thought."""
        return self.has_page and self.report.is_good and not self.lost and not self.problems

    @property
    def rank(self) -> Rank:
        """What attempts are compared by: a page, no secret, nothing broken, the contract, and no complaints."""
        return self.has_page, self.is_public, -len(self.breaks), self.report.score(), -len(self.problems)

    def is_better_than(self, other: "Attempt") -> bool:
        """Whether this one shall take the other's place. Only a real improvement counts."""
        return self.rank > other.rank

    def without(self, ids: Container[str]) -> "Attempt":
        """Return the attempt without what is not demanded any more."""
        lost = tuple(result for result in self.lost if result.assertion.id not in ids)
        return replace(self, report=self.report.without(ids), lost=lost)

    def headline(self) -> str:
        """Return the attempt in one line."""
        lost = f"; {len(self.lost)} that worked before are lost" if self.lost else ""
        return f"{self.report.headline()}{lost}"


@dataclass
class Progress:
    """`calls` grows while the model is asked; `most` is how many attempts the budget allows."""

    calls: Sequence[ModelCall] = ()
    most: int = 1
    told: int = 0

    def line(self, attempt: Attempt) -> str:
        """Return the line, with what this attempt cost: its calls since the last one, and the look at it."""
        new, self.told = self.calls[self.told :], len(self.calls)
        seconds = sum(call.seconds for call in new) + attempt.report.seconds
        tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in new)
        states = [result.verdict.state for result in attempt.report.results]
        lost = f" ({len(attempt.lost)} that worked before are lost)" if attempt.lost else ""
        assertions = f"{states.count('pass')} of {len(states)} assertions{lost}"
        return f"attempt {attempt.number}/{self.most}: {assertions}, {seconds:.0f} s, {in_thousands(tokens)} tokens"


def in_thousands(number: int) -> str:
    """Return a number for people: 18k rather than 18,204."""
    return f"{number / 1000:.0f}k" if number >= 1000 else str(number)


SECONDS_FOR_SYNTAX = 5.0
EMPTY_PAGE = b'<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:,">'
MOST_ASKED = 200  # assertions whose syntax the browser is asked about
LONGEST_WORDS = 200  # characters of what the browser says
SECONDS_FOR_VISIT = 25.0  # the browser stops a page that takes longer


class Trial:
    """`before` is the report of the current page in a later round; `made` are the files that code makes.

    With a budget of no candidates none is run against the contract, and nothing about them is known.
    """

    def __init__(self, inputs: Inputs, contract: Contract, tools: Tools) -> None:
        self.inputs, self.contract = inputs, contract
        self.before: Report | None = None
        self.made = converted_files(contract, inputs.fixed)
        self._tools, self._console, self._open_site = tools, tools.console, tools.open_site
        self._has_tried_again = False
        most = max(1, min(tools.budget.calls, tools.budget.candidates))
        self._progress = Progress(tools.model.calls, most)

    def __call__(self, number: int, draft: Draft, problems: tuple[str, ...] = ()) -> Attempt:
        """Return the attempt that a draft is. What breaks the trial is told to the model, and ends no build."""
        site = WholeSite({}, Draft())
        try:
            site = whole_site(self.inputs, draft, self.made, self._tools.license_holder)
            return self.run(number, site, problems)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, another answer of the model may not have it
            report_defect(f"The trial of attempt {number}", self._console, degraded=True)
            told = f"these files could not be examined ({type(error).__name__}); write them in a simpler way"
            return Attempt(number, site.draft, site.files, Report(), (*problems, *site.problems, told))

    def run(self, number: int, site: WholeSite, problems: tuple[str, ...]) -> Attempt:
        """Run the contract on a whole site."""
        secrets = secrets_in(written_files(site.files, self.inputs), self.inputs.private, self.inputs.published)
        problems = (*problems, *site.problems, *secrets)
        if number > self._tools.budget.candidates:
            return Attempt(number, site.draft, site.files, Report(), problems, is_public=not secrets)
        with self._console.group(f"Attempt {number}: run the contract") as shown:
            seen = self.evaluate(site.files)
            if seen.report.excused() and not self._has_tried_again:
                self._has_tried_again = True  # once in a build: a server that is not there costs its seconds
                self._console.line("Something that the page needs could not be reached, so it is tried once more")
                seen = max(seen, self.evaluate(site.files), key=lambda each: each.report.score())
            lost = lost_since(self.before, seen.report)
            shots = seen.screenshots
            attempt = Attempt(number, site.draft, site.files, seen.report, problems, lost, shots, not secrets)
            self._console.foreign("\n".join(str(result) for result in seen.report.failures()) or "nothing failed")
            shown.line = self._progress.line(attempt)
        return attempt

    def evaluate(self, files: Mapping[str, bytes]) -> Evaluation:
        """Run the contract on files."""
        request = self.inputs.request
        name = request.project or next(repository_names(request.task.task, request.task_key))
        candidate = Candidate(files, self.inputs.fixed, f"/{name}/", asked=self.inputs.asked)
        try:
            site = self._open_site(candidate)
            return evaluate(self.contract, candidate, site, screenshots=True, has_time=self._has_time)
        except NoBrowser as error:  # it was there, but does not start
            self._console.report(error, degraded=True)
            self._open_site = no_browser
            return evaluate(self.contract, candidate, None)

    def _has_time(self) -> bool:
        """Whether a visit that begins now ends in time, however long it takes."""
        return self._tools.writing_ends.remaining() >= SECONDS_FOR_VISIT

    def retire(self, retired: Collection[Retired]) -> None:
        """Demand some assertions no more, now that it is known which words take their place."""
        self.contract = self.contract.without(retired)
        self.before = self.before and self.before.without({it.assertion.id for it in retired})

    def look_back(self) -> None:
        """Run the contract on the page as it is now, so that it is known what works and must go on working."""
        if "index.html" in self.inputs.current and self._tools.budget.candidates:
            with self._console.group("Run the contract on the current page") as shown:
                self.before = self.evaluate(self.inputs.current).report
                shown.verdict = self.before.headline()


def second_opinion(contract: Contract, tools: Tools) -> Contract:
    """Ask the browser, on an empty page, whether it can read the sender's expressions and selectors.

    What our parser takes and a browser does not gets an objection. Nothing of it is run, and no failure ends a build.
    """
    given = [it for it in contract.assertions if it.origin == "given" and not it.objection][:MOST_ASKED]
    asked = {it.id: is_program(it.expression) for it in given if isinstance(it, Js)}
    asked |= {it.id: is_selector(it.selector) for it in given if isinstance(it, Element)}
    if not asked or not tools.budget.candidates:
        return contract
    questions = tuple(Question(id, program, wait_seconds=0.0, strict=True) for id, program in asked.items())
    try:
        with at_most(SECONDS_FOR_SYNTAX, "Asking the browser about the syntax of checks"):
            site = tools.open_site(Candidate({"index.html": EMPTY_PAGE}))
            (visit,) = site.visit_all([VisitPlan(questions=questions)], lambda: True) if site else (None,)
    except UserError as error:
        tools.console.line(f"The syntax of checks was not tried in the browser: {error.what}")
        return contract
    answers = visit.answers if visit else {}
    wrong = {id: found.actual for id, found in answers.items() if not found.holds and "SyntaxError" in found.actual}
    told = {id: f"{HOPELESS}: the browser says {words.strip(chr(34))[:LONGEST_WORDS]}" for id, words in wrong.items()}
    checked = (a.model_copy(update={"objection": told[a.id]}) if a.id in told else a for a in contract.assertions)
    return contract.model_copy(update={"assertions": tuple(checked)}) if told else contract


def secrets_in(files: Mapping[str, bytes], private: Iterable[str], public: Iterable[bytes] = ()) -> list[str]:
    """Say for the model which lines nobody may see."""
    return [found.told for found in secret_scan.scan(files, private, public)]


def lost_since(before: Report | None, now: Report) -> tuple[Result, ...]:
    """Return what worked before and fails now: what gates, and what breaks the page in itself."""
    if before is None:
        return ()
    lost = set(now.change_since(before).lost) | newly_broken(before, now)
    return tuple(result for result in now.results if result.assertion.id in lost and result.gates)


def newly_broken(before: Report, now: Report) -> set[str]:
    """Return by what the page is broken now and was not before. An error on the console is not yet an exception."""
    was = {result.assertion.id for result in before.results if result.verdict.is_broken}
    return {result.assertion.id for result in now.results if result.verdict.is_broken} - was
