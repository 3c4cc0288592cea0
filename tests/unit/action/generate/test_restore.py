"""Restoring: the files of the version and nothing else, past the gates of today, with its own contract on record."""

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from action.console import Console
from action.contract.assertion import FileExists
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract, labelled
from action.contract.verdict import Candidate
from action.deadline import Deadline, at_most
from action.errors import CannotRestore, RepositoryMissing
from action.gates.http import GuardedHttp
from action.generate.tools import Budget, Tools, no_history
from action.github.clone import History
from action.record import PAGES_WORKFLOW
from action.site import bundle
from receiver.task import BuildRequest
from tests.unit.action.generate.scripted_build import RECEIVED, ScriptedModel, generate, request_for

OLD, NEW = "a" * 40, "b" * 40
RULES = labelled([FileExists(file="index.html"), FileExists(file="news.html")], "given", 1)
FIRST = {
    "index.html": b"first",
    "about.html": b"about",
    "LICENSE": b"theirs",
    PAGES_WORKFLOW: b"old",
    ".pagewright/build.json": b"{}",
    CONTRACT: Contract(assertions=tuple(RULES)).for_storage(),
}
SECOND = {"index.html": b"second", "extra.html": b"extra", PAGES_WORKFLOW: b"new", ".pagewright/build.json": b"{}"}


@dataclass
class FakeHistory:
    """Two versions."""

    versions: Mapping[str, dict[str, bytes]] = field(default_factory=lambda: {OLD: FIRST, NEW: SECOND})

    def tip(self) -> str:
        return NEW

    def note(self) -> dict[str, object]:
        return {}

    def holds(self, commit: str) -> bool:
        return commit in self.versions

    def files(self, commit: str) -> dict[str, bytes]:
        return self.versions[commit]

    def revisions(self, round_number: int) -> set[str]:
        return {"1", "2", "3", "4"}  # more than enough: a restore is no revision


def asked(restore: str = OLD) -> BuildRequest:
    request = request_for(email="", evaluation_url="", nonce="c" * 20)
    return request.model_copy(update={"project": "my-task-1111111111", "revision": "c" * 20, "restore": restore})


def tools_with(history: History, model: ScriptedModel | None = None, log: io.StringIO | None = None) -> Tools:
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10)
    return Tools(
        model or ScriptedModel(),
        GuardedHttp(),
        Console(log or io.StringIO()),
        deadline,
        "the-owner",
        open_history=lambda name: history,
    )


def test_the_files_are_those_of_the_version_and_later_ones_go() -> None:
    made = generate(asked(), tools_with(FakeHistory()))
    assert made.files == {name: FIRST[name] for name in ("index.html", "about.html", "LICENSE", CONTRACT)}
    assert made.removed == ("extra.html",)


def test_no_model_is_asked() -> None:
    model = ScriptedModel()
    generate(asked(), tools_with(FakeHistory(), model))
    assert model.prompts == []


def test_the_contract_of_that_version_runs_again_for_the_record() -> None:
    contract = generate(asked(), tools_with(FakeHistory())).record.contract
    assert contract is not None
    assert {a.sentence: a.state for a in contract.assertions} == {
        RULES[0].sentence: "pass",
        RULES[1].sentence: "fail",
    }


def test_a_contract_that_hangs_does_not_keep_a_version_from_coming_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(candidate: Candidate) -> None:
        time.sleep(60)

    monkeypatch.setattr("action.generate.restore.at_most", lambda seconds, doing: at_most(0.2, doing))
    log = io.StringIO()
    made = generate(asked(), replace(tools_with(FakeHistory(), log=log), open_site=endless))
    assert made.files["index.html"] == b"first"
    assert "::warning title=E-HUNG::Run the contract of that version did not come to an end" in log.getvalue()


def test_without_a_browser_nothing_is_run() -> None:
    tools = replace(tools_with(FakeHistory()), budget=Budget(candidates=0))
    contract = generate(asked(), tools).record.contract
    assert contract is not None
    assert contract.assertions == []


@pytest.mark.parametrize("contract", [b"{}", b"not JSON"])
def test_a_version_without_a_contract_that_can_be_read_comes_back_all_the_same(contract: bytes) -> None:
    history = FakeHistory({OLD: {**FIRST, CONTRACT: contract}, NEW: SECOND})
    assert generate(asked(), tools_with(history)).files["index.html"] == b"first"


def test_the_publishing_job_accepts_the_bundle(tmp_path: Path) -> None:
    made = generate(asked(), tools_with(FakeHistory()))
    root = tmp_path / "bundle"
    digest = bundle.write(root, made.files, made.record, removed=made.removed)
    taken = bundle.read(root, asked(), digest)
    assert (dict(taken.files), taken.removed) == (dict(made.files), made.removed)


def test_an_unknown_commit() -> None:
    with pytest.raises(CannotRestore, match="is no version of this project"):
        generate(asked("d" * 40), tools_with(FakeHistory()))


def test_no_such_project() -> None:
    with pytest.raises(RepositoryMissing, match="no project my-task-1111111111"):
        generate(asked(), replace(tools_with(FakeHistory()), open_history=no_history))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"index.html": None}, "holds no index.html"),
        ({".env": b"X=1"}, r"\.env"),
        ({".github/workflows/other.yml": b"on: schedule\n"}, r"\.github/workflows/other\.yml"),
        ({"app.js": b"const key = 'ghp_" + b"a1B2" * 9 + b"';"}, "looks like a secret"),
    ],
)
def test_what_the_gates_do_not_let_pass_does_not_come_back(changed: dict[str, bytes | None], reason: str) -> None:
    version = {path: body for path, body in {**FIRST, **changed}.items() if body is not None}
    with pytest.raises(CannotRestore, match=reason):
        generate(asked(), tools_with(FakeHistory({OLD: version, NEW: SECOND})))


TOKEN = b"gh" + b"p_" + b"a1B2" * 9
JWT_IO = (
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    b".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
)


@pytest.mark.parametrize(("then", "now"), [({"app.js": TOKEN}, {"b.js": b"// " + TOKEN}), ({"app.js": JWT_IO}, {})])
def test_what_is_public_today_or_a_documented_sample_comes_back(then: dict[str, bytes], now: dict[str, bytes]) -> None:
    history = FakeHistory({OLD: {**FIRST, **then}, NEW: {**SECOND, **now}})
    assert then.items() <= generate(asked(), tools_with(history)).files.items()


def test_the_shared_secret_never_comes_back() -> None:
    shown = {"app.js": b"shared-word-of-the-sender"}
    history = FakeHistory({OLD: {**FIRST, **shown}, NEW: {**SECOND, **shown}})
    with pytest.raises(CannotRestore, match="known-value"):
        generate(asked(), replace(tools_with(history), secret="shared-word-of-the-sender"))
