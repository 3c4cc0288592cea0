"""Proves drafts: puts the whole site together, runs the contract on it and says what the earlier rounds lost."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from action.browser.find import NoBrowser
from action.candidate_files import Draft
from action.console import Console
from action.contract.candidate import Candidate
from action.contract.contract import Contract
from action.contract.evaluate import Evaluation, evaluate
from action.contract.verdict import Report, Result
from action.contract.visit import Site
from action.deadline import Deadline
from action.gates import secret_scan
from action.loop.attempt import Attempt
from action.loop.telling import Telling
from action.material import Material, written_files
from action.whole_site import whole_site

SECONDS_FOR_VISIT = 25.0  # the browser stops a page that takes longer
OpenSite = Callable[[Candidate], Site | None]


def no_browser(_: Candidate) -> None:
    """There is no browser: what is said about pages stays unclear."""


@dataclass
class Proof:
    """`before` is the report of the current page in a later round; `made` are the files that code makes.

    `candidates` is how many are run against the contract: with none, nothing about them is known. `deadline` is when
    publishing begins.
    """

    material: Material
    contract: Contract
    holder: str
    site_path: str
    open_site: OpenSite
    console: Console
    candidates: int
    made: Mapping[str, bytes]
    deadline: Deadline
    before: Report | None = None
    telling: Telling = field(default_factory=Telling)

    def __call__(self, number: int, draft: Draft, problems: tuple[str, ...] = ()) -> Attempt:
        """Return the attempt that a draft is."""
        files = whole_site(self.material, draft, self.made, self.holder)
        secrets = secrets_in(written_files(files, self.material), self.material.private, self.material.published)
        problems = (*problems, *secrets)
        if number > self.candidates:
            return Attempt(number, draft, files, Report(), problems, is_public=not secrets)
        with self.console.phase(f"Attempt {number}: run the contract") as shown:
            seen = self.evaluate(files)
            lost = lost_since(self.before, seen.report)
            attempt = Attempt(number, draft, files, seen.report, problems, lost, seen.screenshots, not secrets)
            self.console.foreign("\n".join(str(result) for result in seen.report.failures()) or "nothing failed")
            shown.line = self.telling.line(attempt)
        return attempt

    def evaluate(self, files: Mapping[str, bytes]) -> Evaluation:
        """Run the contract on files."""
        candidate = Candidate(files, self.material.attached.files, self.site_path, asked=self.material.asked)
        try:
            site = self.open_site(candidate)
            return evaluate(self.contract, candidate, site, screenshots=True, has_time=self._has_time)
        except NoBrowser as error:  # it was there, but does not start
            self.console.report(error, degraded=True)
            self.open_site = no_browser
            return evaluate(self.contract, candidate, None)

    def _has_time(self) -> bool:
        """Whether a visit that begins now ends in time, however long it takes."""
        return self.deadline.remaining() >= SECONDS_FOR_VISIT

    def look_back(self) -> None:
        """Run the contract on the page as it is now, so that it is known what works and must go on working."""
        if "index.html" in self.material.current and self.candidates:
            with self.console.phase("Run the contract on the current page") as shown:
                self.before = self.evaluate(self.material.current).report
                shown.verdict = self.before.headline()


def secrets_in(files: Mapping[str, bytes], private: Iterable[str], public: Iterable[bytes] = ()) -> list[str]:
    """Say for the model which lines nobody may see."""
    return [found.told for found in secret_scan.scan(files, private, public)]


def lost_since(before: Report | None, now: Report) -> tuple[Result, ...]:
    """Return what gates, worked before and fails now."""
    if before is None:
        return ()
    lost = set(now.change_since(before).lost)
    return tuple(result for result in now.results if result.assertion.id in lost and result.gates)
