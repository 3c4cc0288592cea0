"""The contract on the live page: a fake site and fake files, and what the step makes of what it finds."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from action.__main__ import main
from action.console import Console
from action.contract.assertion import FileExists, Js, PageLoads
from action.contract.contract import PATH, Contract
from action.contract.visit import Answer, Screenshots, Visit, VisitPlan
from action.errors import NoBrowser, RepositoryUnreadable
from action.github.clone import NoSuchRepository
from action.record import AssertionRecord, BuildRecord, ContractRecord, LiveCheck, Publication
from action.site.pictures import LARGEST_PICTURE
from action.steps import check as command
from action.steps import check as step
from action.steps.check import allowed, states_before
from tests.unit.action.ledger.example_ledger import DESKTOP, MOBILE

WORKS, LOADS, THERE = Js(expression="works()", sentence="It works"), PageLoads(), FileExists(file="index.html")
CONTRACT = Contract(assertions=(WORKS, LOADS, THERE))
FILES = {"index.html": b"<p>hello", PATH: CONTRACT.for_storage()}


class FakeSite:
    """Answers every question the same way."""

    def __init__(self, *, works: bool = True, problem: str = "", pictures: Screenshots | None = None) -> None:
        self.works, self.problem, self.pictures = works, problem, pictures

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit]:
        return [self._visit(plan) for plan in plans]

    def _visit(self, plan: VisitPlan) -> Visit:
        answers = {question.key: Answer(self.works, "works is not defined") for question in plan.questions}
        pictures = self.pictures if plan.screenshots else None
        return Visit(problem=self.problem, status=200, answers=answers, screenshots=pictures)


def check(
    publication: Publication, before: Mapping[str, str], site: FakeSite, files: Mapping[str, bytes] = FILES
) -> LiveCheck | None:
    asked = []

    def files_at(name: str, commit: str) -> Mapping[str, bytes]:
        asked.append((name, commit))
        return files

    found = step.check(files_at, lambda url: site if url == publication.pages_url else None, publication, before)
    assert asked == [("sum-of-sales-c0ffee", "1" * 40)]
    return found.live if found else None


def all_states(state: str) -> dict[str, str]:
    return {assertion.id: state for assertion in CONTRACT.assertions}


def test_a_live_page_that_does_what_its_files_did(publication: Publication) -> None:
    live = check(publication, all_states("pass"), FakeSite())
    assert live
    assert (live.compared, live.differences, live.failing) == (3, [], 0)
    assert live.headline.startswith("3 of 3 assertions")


def test_what_held_before_and_fails_live_is_told_with_what_was_found(publication: Publication) -> None:
    live = check(publication, all_states("pass"), FakeSite(works=False))
    assert live
    (worse,) = live.worse
    assert (worse.sentence, worse.before, worse.live, worse.found) == (
        "It works",
        "pass",
        "fail",
        "works is not defined",
    )


def test_a_page_that_got_better_is_a_difference_but_not_a_worse_one(publication: Publication) -> None:
    live = check(publication, {**all_states("pass"), WORKS.id: "fail"}, FakeSite())
    assert live
    assert [difference.id for difference in live.differences] == [WORKS.id]
    assert live.worse == []


def test_what_was_unclear_or_unknown_before_differs_from_nothing(publication: Publication) -> None:
    live = check(publication, {WORKS.id: "unclear", THERE.id: "pass"}, FakeSite(works=False, problem="blank"))
    assert live
    assert (live.compared, live.differences, live.failing) == (1, [], 2)


def test_a_commit_without_a_contract_is_not_looked_at(publication: Publication) -> None:
    assert check(publication, {}, FakeSite(), {"index.html": b""}) is None


@pytest.fixture
def published(record: BuildRecord, publication: Publication) -> BuildRecord:
    rows = [
        AssertionRecord(id=a.id, kind=a.kind, origin="given", round=1, sentence="", states=["pass"], state="pass")
        for a in CONTRACT.assertions
    ]
    record.publication, record.contract = publication, ContractRecord(assertions=rows)
    return record


def test_states_before__of_a_page_that_was_not_published_nothing_is_known(published: BuildRecord) -> None:
    assert published.contract
    assert published.publication
    assert states_before(published) == all_states("pass")
    published.contract.is_held_back = True
    assert states_before(published) == {}
    published.contract.is_held_back, published.publication.is_fallback = False, True
    assert states_before(published) == {}


def test_the_browser_may_reach_the_page_itself_and_only_where_the_configuration_allows_it() -> None:
    url = "http://localhost:8001/owner/page/"
    assert allowed(url, frozenset({"localhost", "127.0.0.1"})) == {"localhost:8001"}
    assert allowed(url, frozenset({"localhost:8001"})) == {"localhost:8001"}
    assert allowed(url, frozenset({"localhost:9"})) == frozenset()
    assert allowed("https://owner.github.io/page/", frozenset({"localhost"})) == frozenset()
    assert allowed("https://pages.intern/page/", frozenset({"pages.intern"})) == {"pages.intern:443"}


class FakeBrowser:
    """Stands for the browser of the step."""

    site = FakeSite()

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> "FakeBrowser":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def open_live(self, url: str) -> FakeSite:
        return self.site


class FakeRepositories:
    """Stands for GitHub without a credential."""

    def __init__(self, *_: Any) -> None:
        pass

    def files_at(self, name: str, commit: str) -> Mapping[str, bytes]:
        return FILES


@pytest.fixture
def environ(tmp_path: Path, published: BuildRecord, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    published.save(tmp_path / "pagewright" / "record.json")
    monkeypatch.setattr(command, "PageBrowser", FakeBrowser)
    monkeypatch.setattr(command, "PublicRepositories", FakeRepositories)
    monkeypatch.setattr(command, "find_browser", lambda *_: Path("/browser"))
    return {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": "/nowhere",
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }


def kept(environ: dict[str, str]) -> BuildRecord:
    return BuildRecord.load(Path(environ["RUNNER_TEMP"], "pagewright", "record.json"))


def test_the_step__needs_no_secret__keeps_what_was_found(
    environ: dict[str, str], console: Console, log: StringIO
) -> None:
    assert main(["check"], environ, console) == 0
    record = kept(environ)
    assert record.live
    assert record.live.compared == 3
    assert [(phase.name, phase.outcome) for phase in record.phases] == [("check", "done")]
    assert "::warning" not in log.getvalue()
    assert Path(environ["GITHUB_STEP_SUMMARY"]).read_text().startswith("## ✓ The live page does what its files did")


@pytest.mark.parametrize(
    ("pictures", "names"),
    [
        (Screenshots(DESKTOP, MOBILE), ["desktop.webp", "mobile.webp"]),
        (Screenshots(b"\x89PNG", MOBILE), ["mobile.webp"]),
        (Screenshots(DESKTOP, MOBILE + bytes(LARGEST_PICTURE)), ["desktop.webp"]),
        (None, []),
    ],
)
def test_the_step__keeps_the_pictures_beside_the_record(
    environ: dict[str, str],
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
    pictures: Screenshots | None,
    names: list[str],
) -> None:
    monkeypatch.setattr(FakeBrowser, "site", FakeSite(pictures=pictures))
    folder = Path(environ["RUNNER_TEMP"], "pagewright")
    (folder / "desktop.webp").write_bytes(b"of an earlier attempt on this machine")
    assert main(["check"], {**environ, "GITHUB_RUN_ATTEMPT": "3"}, console) == 0
    record = kept(environ)
    assert (record.screenshots, record.checked_attempt) == (names, 3)
    assert sorted(path.name for path in folder.iterdir()) == [*names, "record.json"]
    assert pictures is None or all((folder / name).read_bytes()[:4] == b"RIFF" for name in names)


def test_the_step__a_difference_is_a_warning_with_the_next_step_and_not_a_failure(
    environ: dict[str, str], console: Console, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeBrowser, "site", FakeSite(works=False))
    assert main(["check"], environ, console) == 0
    assert "::warning title=E-LIVE-DIFFERS::1 of 3 assertions held before publishing" in log.getvalue()
    assert "Next step: Open https://owner.pages.example/" in log.getvalue()
    record = kept(environ)
    assert [failure.code for failure in record.failures] == ["E-LIVE-DIFFERS"]
    assert record.phases[-1].outcome == "degraded"
    assert Path(environ["GITHUB_STEP_SUMMARY"]).read_text().startswith("## ⚠ 1 of 3 assertions")


@pytest.mark.parametrize("error", [RepositoryUnreadable("No.", "x", "y"), NoSuchRepository(), ValueError("newer")])
def test_the_step__a_repository_that_cannot_be_read_is_a_warning(
    environ: dict[str, str], console: Console, log: StringIO, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(FakeRepositories, "files_at", fail)
    assert main(["check"], environ, console) == 0
    assert "::warning title=E-REPOSITORY-READ::" in log.getvalue()
    assert "The live page was not checked" in Path(environ["GITHUB_STEP_SUMMARY"]).read_text()


def test_the_step__without_a_browser_there_is_a_warning(
    environ: dict[str, str], console: Console, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise NoBrowser("None.", "x", "y")

    monkeypatch.setattr(command, "find_browser", fail)
    assert main(["check"], environ, console) == 0
    assert "::warning title=E-BROWSER::" in log.getvalue()
    assert kept(environ).live is None


def test_the_step__a_page_that_a_later_commit_replaced_is_not_looked_at(
    environ: dict[str, str], console: Console, published: BuildRecord, tmp_path: Path
) -> None:
    assert published.publication
    published.publication.superseded_by = "9" * 40
    published.save(tmp_path / "pagewright" / "record.json")
    assert main(["check"], environ, console) == 0
    assert kept(environ).phases[-1].verdict.startswith("not looked at: a later commit")
