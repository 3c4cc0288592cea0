"""The versions of a target repository, on real git."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from action.github.git import Trailers
from action.ledger import versions as contents
from action.ledger import versions as history
from action.ledger.models import Version
from action.ledger.versions import HistoryUnreadable, TargetHistory
from tests.unit.action.ledger.example_ledger import opaque

TASK = opaque("task")
ENVIRON = {"PATH": "/usr/bin:/bin:/usr/local/bin"}
Commit = Callable[..., str]


def git(*arguments: str, cwd: Path) -> str:
    identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "server" / "owner" / "page.git"
    folder.mkdir(parents=True)
    git("init", "--quiet", "--template=", "--initial-branch=main", ".", cwd=folder)
    return folder


@pytest.fixture
def commit(work: Path) -> Commit:
    def make(message: str, **files: bytes) -> str:
        for name, body in files.items():
            (work / name.replace("_", ".")).write_bytes(body)
        git("add", "--all", cwd=work)
        git("commit", "--quiet", "--allow-empty", "-m", message, cwd=work)
        return git("rev-parse", "HEAD", cwd=work)

    return make


@pytest.fixture
def target(tmp_path: Path, work: Path) -> TargetHistory:
    return TargetHistory(f"file://{tmp_path}/server", tmp_path / "clones", ENVIRON)


def read(target: TargetHistory, known: set[str] | None = None) -> list[Version]:
    return [version for version, _ in target.new_versions(TASK, "owner/page", known or set())]


def test_commits_of_builds_and_of_others_are_versions(target: TargetHistory, commit: Commit) -> None:
    first = commit("Initial commit", README_md=b"# page\n")
    ours = commit(Trailers("b" * 20, TASK, 2).message("Round 2"), index_html=b"<h1>1</h1>\n")
    other_task = commit(Trailers("c" * 20, opaque("another"), 1).message("Round 1"))
    foreign = commit("By hand\n\nmore", index_html=b"<h1>2</h1>\n")
    versions = read(target)
    assert [version.sha for version in versions] == [first, ours, other_task, foreign]
    assert [version.parent for version in versions] == ["", first, ours, other_task]
    assert [version.is_ours for version in versions] == [True, True, False, False]
    assert [(version.build_id, version.round) for version in versions] == [("", 0), ("b" * 20, 2), ("", 0), ("", 0)]
    assert [version.subject for version in versions] == ["Initial commit", "Round 2", "Round 1", "By hand"]
    assert {version.project for version in versions} == {"owner/page"}


def test_only_unknown_commits_are_read(target: TargetHistory, commit: Commit) -> None:
    first, second = commit("One", a_txt=b"1"), commit("Two", b_txt=b"2")
    assert [version.sha for version in read(target, {first})] == [second]
    assert read(target, {first, second}) == []


def test_files_are_listed_with_digest_and_kind_and_kept_up_to_a_size(target: TargetHistory, commit: Commit) -> None:
    large, binary = b"x" * (contents.LARGEST_KEPT + 1), bytes(range(256))
    commit("One", index_html="größe".encode(), large_txt=large, picture_bin=binary, latin_txt=b"gr\xf6\xdfe")
    [(version, kept)] = list(target.new_versions(TASK, "owner/page", set()))
    files = {file.path: file for file in version.files}
    assert {path: (file.is_kept, file.is_text) for path, file in files.items()} == {
        "index.html": (True, True),
        "large.txt": (False, True),
        "latin.txt": (True, False),
        "picture.bin": (True, False),
    }
    assert files["large.txt"].sha256 == hashlib.sha256(large).hexdigest()
    assert kept[files["picture.bin"].sha256] == binary
    assert files["large.txt"].sha256 not in kept


def test_links_and_submodules_are_not_files(target: TargetHistory, work: Path, commit: Commit) -> None:
    (work / "passwd").symlink_to("/etc/passwd")
    commit("One", index_html=b"1")
    [version] = read(target)
    assert [file.path for file in version.files] == ["index.html"]


def test_no_more_files_than_the_limits(target: TargetHistory, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_KEPT", 2)
    monkeypatch.setattr(contents, "MOST_LISTED", 3)
    commit("One", **{f"{name}_txt": name.encode() for name in "abcd"})
    [version] = read(target)
    assert [(file.path, file.is_kept) for file in version.files] == [("a.txt", True), ("b.txt", True), ("c.txt", False)]
    assert version.omitted == 1


def test_a_version_keeps_a_certain_number_of_bytes(
    target: TargetHistory, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MOST_KEPT_BYTES", 10)
    commit("One", a_txt=b"123456", b_txt=b"1234567", c_txt=b"1234")
    [version] = read(target)
    assert [file.is_kept for file in version.files] == [True, False, True]


def test_what_is_too_much_for_one_collection_is_left_for_the_next(
    target: TargetHistory, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_NEW_BYTES", 5)
    shas = [commit(str(number), a_txt=f"content {number}".encode()) for number in range(3)]
    seen: set[str] = set()
    for sha in shas:
        found = read(target, seen)
        assert [version.sha for version in found] == [sha]
        seen |= {sha}


def test_the_oldest_version_that_is_looked_at_still_names_its_parent(
    target: TargetHistory, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_VERSIONS", 2)
    shas = [commit(str(number), a_txt=str(number).encode()) for number in range(4)]
    versions = read(target)
    assert [(version.sha, version.parent) for version in versions] == [(shas[2], shas[1]), (shas[3], shas[2])]
    assert not any(version.is_ours for version in versions)


def test_a_hostile_message_changes_no_other_field(target: TargetHistory, commit: Commit) -> None:
    commit("Initial commit")
    commit(
        f"\x1e\x1f{'b' * 20}\x1f\n\nPagewright-Build: <script>\nPagewright-Task: {TASK}\nPagewright-Round: 9999999\n"
    )
    version = read(target)[-1]
    assert (version.build_id, version.round, version.is_ours) == ("", 0, False)


@pytest.mark.parametrize("project", ["owner/nothing", "../../etc", "owner/page --upload-pack=x", "-o/x"])
def test_a_repository_that_cannot_be_read(target: TargetHistory, project: str) -> None:
    with pytest.raises(HistoryUnreadable):
        list(target.new_versions(TASK, project, set()))


def test_an_empty_repository_has_no_versions(target: TargetHistory) -> None:
    assert read(target) == []
