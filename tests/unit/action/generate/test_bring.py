"""Bringing files: they are published as they are, unless a gate refuses them; no model is asked."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from action.contract.assertion import FileExists
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract, labelled
from action.errors import BundleInvalid, CannotBring
from action.generate.tools import no_history
from action.github.clone import History
from action.record import PAGES_WORKFLOW
from action.site import bundle
from receiver.task import BuildRequest
from receiver.task.upload import BroughtFile, Upload
from tests.unit.action.generate.scripted_build import ScriptedModel, generate, request_for
from tests.unit.action.generate.test_restore import tools_with

TIP = "b" * 40
RULES = labelled([FileExists(file="index.html"), FileExists(file="news.html")], "given", 1)
NOW = {
    "index.html": b"<h1>Now</h1>",
    "old.html": b"old",
    "LICENSE": b"theirs",
    PAGES_WORKFLOW: b"x",
    ".pagewright/build.json": b"{}",
    CONTRACT: Contract(assertions=tuple(RULES)).for_storage(),
}


@dataclass
class Project:
    """A project with one version."""

    key: str
    versions: dict[str, dict[str, bytes]] = field(default_factory=lambda: {TIP: NOW})

    def tip(self) -> str:
        return TIP

    def note(self) -> dict[str, object]:
        return {"task_key": self.key}

    def holds(self, commit: str) -> bool:
        return commit == TIP

    def files(self, commit: str) -> dict[str, bytes]:
        return self.versions[commit]

    def revisions(self, round_number: int) -> set[str]:
        return set()


def request_with(upload: Upload) -> BuildRequest:
    request = request_for(email="", evaluation_url="", nonce="c" * 20)
    return request.model_copy(update={"project": "site", "upload": upload})


def brought(files: dict[str, bytes], history: History | None = None, **more: Any) -> Any:
    request = request_with(Upload.of(files, "coder", **more))
    return generate(request, tools_with(history or Project(request.task_key)))


def test_files_come_on_top_of_what_is_there() -> None:
    made = brought({"new.html": b"new"}, remove=["old.html", "nothing.html"])
    assert made.files == {"new.html": b"new"}
    assert made.removed == ("old.html",)
    assert made.record.generation.notes == ["files brought by coder"]


def test_replace__all_else_goes_but_what_is_ours_and_the_license() -> None:
    made = brought({"index.html": b"<h1>New</h1>"}, replace=True)
    assert made.files == {"index.html": b"<h1>New</h1>"}
    assert made.removed == ("old.html",)


def test_the_contract_of_the_project_is_told_and_keeps_nothing_back() -> None:
    contract = brought({"index.html": b"<h1></h1>"}).record.contract
    states = {a.sentence: a.state for a in contract.assertions if a.origin == "given"}
    assert states == {RULES[0].sentence: "pass", RULES[1].sentence: "fail"}
    assert {a.origin for a in contract.assertions} == {"given", "base"}
    assert not contract.is_held_back


def test_a_readme_and_a_license_of_ones_own_are_not_judged() -> None:
    texts = {"README.md": b"# Mine", "LICENSE": b"Apache License", "main.py": b"print(1)"}
    contract = brought(texts, Project("another task"), is_foreign=True).record.contract
    assert {a.sentence: a.state for a in contract.assertions if "README" in a.sentence or "LICENSE" in a.sentence} == {}
    assert contract.assertions


def test_no_model_is_asked() -> None:
    model = ScriptedModel()
    request = request_with(Upload.of({"a.txt": b"a"}, "coder"))
    generate(request, tools_with(Project(request.task_key), model))
    assert model.prompts == []


def test_a_new_project_gets_a_license_and_a_listing_that_escapes() -> None:
    request = request_with(Upload.of({"a & b.txt": b"a", "d/ü.csv": b"1"}, "coder"))
    made = generate(request, tools_with(Project("another task")))  # what is there is no project of ours
    page = made.files["index.html"].decode()
    assert '<a href="./a%20%26%20b.txt">a &amp; b.txt</a>' in page
    assert '<a href="./d/%C3%BC.csv">d/ü.csv</a>' in page
    assert made.files["LICENSE"].startswith(b"MIT License")


def test_a_listing_is_made_anew__and_a_page_stays() -> None:
    first = brought({"a.txt": b"a"}, Project("another task"))
    later = Project(request_with(Upload.of({}, "x")).task_key, {TIP: dict(first.files)})
    assert b"b.txt" in brought({"b.txt": b"b"}, later).files["index.html"]
    assert "index.html" not in brought({"b.txt": b"b"}).files


def test_what_others_wrote_gets_no_license_from_us() -> None:
    assert "LICENSE" not in brought({"a.txt": b"a"}, Project("another task"), is_foreign=True).files


KEY = "AKIA" + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ234567") for _ in range(16))


@pytest.mark.parametrize(
    ("files", "more", "reason"),
    [
        ({"../x": b""}, {}, "relative path"),
        ({".github/workflows/x.yml": b"on: push"}, {}, "begin with a dot"),
        ({CONTRACT: b"{}"}, {}, "begin with a dot"),
        ({"CNAME": b"example.org"}, {}, "reserved"),
        ({"a": b"", "a/b": b""}, {}, "a file and a folder"),
        ({"A.txt": b"", "a.txt": b""}, {}, "upper and lower case"),
        ({"big.bin": bytes(5_000_001)}, {}, "the limit is 5,000,000"),
        ({f"{n}.txt": b"" for n in range(196)}, {}, "at most 195"),
        ({"a.txt": b""}, {"remove": ["a.txt"]}, "both brought and removed"),
        ({"a.txt": b""}, {"remove": [".github/workflows/pages.yml"]}, "begin with a dot"),
        ({"app.js": f"k = '{KEY}'".encode()}, {}, "app.js:1: "),
        ({"a.txt": b""}, {"base": "a" * 40}, "made for commit aaaaaaaaaa, and the project is at bbbbbbbbbb"),
    ],
)
def test_gates_refuse_with_the_place_and_nothing_is_made(files: dict[str, bytes], more: Any, reason: str) -> None:
    with pytest.raises(CannotBring, match=reason) as error:
        brought(files, **more)
    assert KEY not in str(error.value)


def test_a_path_that_occurs_twice_is_refused() -> None:
    twice = Upload(by="x", files=(BroughtFile.of("a", b"1"), BroughtFile.of("a", b"2")))
    with pytest.raises(CannotBring, match="twice"):
        generate(request_with(twice), tools_with(Project("k")))


def test_a_project_that_is_not_there_is_nothing_before() -> None:
    request = request_with(Upload.of({"index.html": b"<h1>x</h1>"}, "coder"))
    made = generate(request, replace(tools_with(Project("k")), open_history=no_history))
    assert made.files.keys() == {"index.html", "LICENSE"}


def test_the_publishing_job_takes_only_what_was_brought(tmp_path: Any) -> None:
    request = request_with(Upload.of({"a.txt": b"a"}, "coder"))
    record = generate(request, tools_with(Project(request.task_key))).record
    for files, fits in (
        ({"a.txt": b"a"}, True),
        ({"a.txt": b"a", "LICENSE": b"MIT"}, True),
        ({"a.txt": b"b"}, False),
        ({}, False),
        ({"a.txt": b"a", "other.js": b"x"}, False),
    ):
        digest = bundle.write(tmp_path, files, record)
        if fits:
            assert bundle.read(tmp_path, request, digest).files == files
        else:
            with pytest.raises(BundleInvalid, match="not those that were brought"):
                bundle.read(tmp_path, request, digest)
