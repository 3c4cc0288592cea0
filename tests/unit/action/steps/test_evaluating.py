"""The Evaluator: which pages it looks at, what it says about them, and when it asks for a revision."""

import json
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from action.console import Console
from action.contract.assertion import FileExists
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract, Result, labelled
from action.contract.verdict import failed
from action.errors import RepositoryMissing, RepositoryUnreadable, TaskNotOpen
from action.ledger.layout import canonical, record_path
from action.record import AssertionRecord, AttemptRecord, BuildRecord, ContractRecord, Publication, Run
from action.steps.check import check
from action.steps.evaluate import Page, Wish, look_at_all, opinion, pages_in, words
from receiver.task.feedback import Feedback, Opinion

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
RULES = labelled([FileExists(file="index.html"), FileExists(file="news.html")], "given", 1)


def record(number: int, name: str = "", states: tuple[str, str] = ("pass", "pass"), **change: Any) -> BuildRecord:
    name = name or f"task-{number}"
    publication = Publication(
        repository=f"owner/{name}",
        repo_url=f"https://github.example/owner/{name}",
        branch="main",
        pages_url=f"https://owner.pages.example/{name}/",
        commit_sha="1" * 40,
    )
    contract = ContractRecord(
        attempts=[AttemptRecord(number=1, headline="", seconds=1, is_kept=True)],
        assertions=[
            AssertionRecord(
                id=rule.id, kind=rule.kind, origin="given", round=1, sentence="", states=[state], state=state
            )
            for rule, state in zip(RULES, states, strict=True)
        ],
    )
    fields = {
        "build_id": f"{number:020x}",
        "task_key": "c" * 20,
        "round": 1,
        "received_at": NOW,
        "run": Run(repository="owner/runner", run_id=number, url="u"),
        "publication": publication,
        "contract": contract,
    }
    return BuildRecord(**{**fields, **change})


def ledger(folder: Path, *records: BuildRecord) -> Path:
    for each in records:
        assert each.run is not None
        path = folder / record_path(each, each.run)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(canonical(each))
    return folder


def names(pages: list[Page]) -> list[str]:
    return [page.name for page in pages]


def test_the_newest_pages_come_first_and_each_project_once(tmp_path: Path) -> None:
    records = [record(9, "a"), record(10, "b"), record(11, "a"), record(100, "c", publication=None)]
    pages = pages_in(ledger(tmp_path, *records), "owner")
    assert names(pages) == ["a", "b"]


def test_twenty_are_enough(tmp_path: Path) -> None:
    assert names(pages_in(ledger(tmp_path, *map(record, range(1, 26))), "owner")) == [
        f"task-{number}" for number in range(25, 5, -1)
    ]


def test_one_project_by_its_name(tmp_path: Path) -> None:
    folder = ledger(tmp_path, *map(record, range(1, 26)))
    assert names(pages_in(folder, "owner", "task-3")) == ["task-3"]
    assert names(pages_in(folder, "owner", "Owner/Task-3")) == ["task-3"]
    with pytest.raises(RepositoryMissing, match="no page of the project task-99"):
        pages_in(folder, "owner", "task-99")


def test_pages_of_other_owners_and_files_that_are_no_records_are_left_alone(tmp_path: Path) -> None:
    folder = ledger(tmp_path, record(1), record(2))
    stranger = record(3)
    assert stranger.publication is not None
    stranger.publication.repository = "stranger/task-3"
    ledger(tmp_path, stranger)
    (folder / "tasks" / ("c" * 20) / "builds" / f"{9:020x}").mkdir()
    (folder / "tasks" / ("c" * 20) / "builds" / f"{9:020x}" / "9-1.json").write_text("{}")
    assert names(pages_in(folder, "owner")) == ["task-2", "task-1"]


def test_a_task_that_is_not_open_is_passed_over(tmp_path: Path) -> None:
    folder = ledger(tmp_path, record(1), record(2, task_key="d" * 20))
    (folder / "states.json").write_text(json.dumps({"d" * 20: {"state": "archived"}, "e" * 20: {"state": "closed"}}))
    assert names(pages_in(folder, "owner")) == ["task-1"]
    with pytest.raises(TaskNotOpen, match="The task is archived"):
        pages_in(folder, "owner", "task-2")


def test_no_ledger_yet(tmp_path: Path) -> None:
    assert pages_in(tmp_path / "nothing", "owner") == []


def looked_at(tmp_path: Path, files: dict[str, bytes], *, revise: bool = True, **change: Any) -> Feedback:
    (page,) = pages_in(ledger(tmp_path, record(1, **change)), "owner")
    files = {**files, CONTRACT: Contract(assertions=tuple(RULES)).for_storage()}
    asked: list[tuple[str, str]] = []

    def files_at(name: str, commit: str) -> dict[str, bytes]:
        asked.append((name, commit))
        return files

    found = check(files_at, lambda url: None, page.at_the_tip, page.before)
    assert asked == [("task-1", "HEAD")]
    assert found is not None
    return opinion(page, found, Wish(revise=revise), ("owner/runner", 7), NOW)


def test_a_page_that_does_what_it_should(tmp_path: Path) -> None:
    said = looked_at(tmp_path, {"index.html": b"<h1>1</h1>", "news.html": b"<h1>2</h1>"})
    assert (said.role, said.project, said.revise) == ("evaluator", "owner/task-1", False)
    assert said.metrics == {"passed": 2, "failed": 0, "unclear": 0}
    assert said.text == "All 2 assertions that could be decided hold on the live page."


def test_what_held_and_fails_now_is_said_and_asks_for_a_revision(tmp_path: Path) -> None:
    said = looked_at(tmp_path, {"index.html": b"<h1>1</h1>"})
    assert said.metrics == {"passed": 1, "failed": 1, "unclear": 0}
    assert said.revise
    assert said.text.startswith("1 of 2 assertions fail on the live page:\n\n* ")
    assert RULES[1].sentence in said.text
    assert said.text.endswith("It held when the page was published.")


@pytest.mark.parametrize("sign", ["x", "é", "\U0001f600"])
def test_however_much_fails_it_can_be_said(sign: str) -> None:
    rules = labelled([FileExists(file=f"{number}.html") for number in range(60)], "given", 1)
    rules = [rule.model_copy(update={"sentence": sign * 400}) for rule in rules]
    failures = [Result(assertion=rule, verdict=failed(sign * 400)) for rule in rules]
    text = words(failures, set(), 60)
    assert text.startswith("60 of 60 assertions fail on the live page:\n\n* ")
    assert text.endswith(" more")
    Opinion(role="evaluator", text=text)


def test_what_never_held_asks_for_nothing(tmp_path: Path) -> None:
    said = looked_at(tmp_path, {"index.html": b"<h1>1</h1>"}, states=("pass", "fail"))
    assert not said.revise
    assert "held when" not in said.text


def test_nobody_asked_for_revisions(tmp_path: Path) -> None:
    assert not looked_at(tmp_path, {"index.html": b"<h1>1</h1>"}, revise=False).revise


def test_the_same_run_says_it_under_the_same_id(tmp_path: Path) -> None:
    first = looked_at(tmp_path, {"index.html": b"<h1>1</h1>"})
    assert looked_at(tmp_path, {}).message_id == first.message_id


@pytest.mark.parametrize(
    ("inputs", "wish"),
    [
        (None, Wish()),
        ({"project": "", "revise": "false"}, Wish()),
        ({"project": " task-1 ", "revise": "true"}, Wish(project="task-1", revise=True)),
        ({"project": None, "revise": True}, Wish(revise=True)),
    ],
)
def test_the_form_is_read_as_github_sends_it(inputs: dict[str, Any] | None, wish: Wish) -> None:
    assert Wish.model_validate(inputs or {}) == wish


def test_a_page_that_cannot_be_read_is_a_warning_and_the_others_are_looked_at(
    tmp_path: Path, console: Console, log: Any
) -> None:
    def files_at(name: str, commit: str) -> dict[str, bytes]:
        if name == "task-2":
            raise RepositoryUnreadable("It could not be read.", "GitHub is slow.", "Try again.")
        return {"index.html": b"<h1>1</h1>", CONTRACT: b"{}"} if name == "task-3" else {"index.html": b"<h1>1</h1>"}

    pages = pages_in(ledger(tmp_path, record(1), record(2), record(3)), "owner")
    said = look_at_all(pages, partial(check, files_at, lambda url: None), Wish(), ("owner/runner", 7), console)
    assert [each.project for each in said] == ["owner/task-3"]
    assert "::warning title=E-REPOSITORY-READ::It could not be read." in log.getvalue()


def test_a_page_that_hangs_is_a_warning_and_the_others_are_looked_at(
    tmp_path: Path, console: Console, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files_at(name: str, commit: str) -> dict[str, bytes]:
        if name == "task-2":
            time.sleep(60)
        return {"index.html": b"<h1>1</h1>", CONTRACT: b"{}"}

    monkeypatch.setattr("action.steps.evaluate.SECONDS_FOR_A_PAGE", 0.3)
    pages = pages_in(ledger(tmp_path, record(1), record(2), record(3)), "owner")
    said = look_at_all(pages, partial(check, files_at, lambda url: None), Wish(), ("owner/runner", 7), console)
    assert [each.project for each in said] == ["owner/task-3", "owner/task-1"]
    assert "::warning title=E-HUNG::Look at task-2 did not come to an end" in log.getvalue()
