"""The git door on real repositories."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from action.errors import CannotPush, SecretFound, TokenInsufficient
from action.github.git import Git, Trailers, commit_stream, environment
from action.github.refusals import NoSuchBranch, TipMoved, explain_git, is_passing

ENVIRON = {"PATH": "/usr/bin:/bin:/usr/local/bin"}
TRAILERS = Trailers("a" * 20, "b" * 20, 1)


def git(*arguments: str, cwd: Path) -> bytes:
    done = subprocess.run(
        ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org", *arguments],
        cwd=cwd,
        check=True,
        capture_output=True,
    )
    return done.stdout


OpenGit = Callable[[str], Git]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit, as auto_init makes it, and the folder of someone who works in it."""
    folder = tmp_path_factory.mktemp("template")
    git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", "remote.git", cwd=folder)
    work = folder / "someone"
    git("init", "--quiet", "--template=", "--initial-branch=main", str(work), cwd=folder)
    (work / "README.md").write_text("# made by GitHub\n")
    git("add", ".", cwd=work)
    git("commit", "--quiet", "-m", "Initial commit", cwd=work)
    git("push", "--quiet", "../remote.git", "main", cwd=work)
    return folder


@pytest.fixture
def remote(tmp_path: Path, template: Path) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "remote.git"


@pytest.fixture
def open_git(tmp_path: Path, remote: Path) -> OpenGit:
    def open_one(name: str) -> Git:
        clone = Git(tmp_path / name, str(remote), "main", "made-up-token", ENVIRON, sleep=lambda _: None)
        clone.fetch()
        return clone

    return open_one


def push_by_someone_else(remote: Path, name: str, text: str) -> None:
    work = remote.parent / "someone"
    (work / name).write_text(text)
    git("add", ".", cwd=work)
    git("commit", "--quiet", "-m", f"Change {name}", cwd=work)
    git("push", "--quiet", str(remote), "main", cwd=work)


def test_put__makes_one_commit_on_top_with_trailers_and_a_fixed_author(open_git: OpenGit, remote: Path) -> None:
    clone = open_git("clone.git")
    before = clone.tip()
    sha = clone.put(TRAILERS.message("Build round 1"), {"index.html": b"<h1>hello</h1>"})
    shown = git("log", "--format=%H|%P|%an|%ae|%cn|%(trailers:key=Pagewright-Build,valueonly)", cwd=remote).decode()
    assert shown.splitlines()[0] == f"{sha}|{before}|Pagewright|pagewright@noreply.invalid|Pagewright|{'a' * 20}"
    assert git("show", f"{sha}:README.md", cwd=remote) == b"# made by GitHub\n"
    assert clone.tip() == sha


def test_contents__are_all_files_of_a_commit_or_those_that_are_selected(open_git: OpenGit) -> None:
    clone = open_git("clone.git")
    files = {"empty": b"", "data.bin": bytes(range(256)), "again": bytes(range(256))}
    sha = clone.put(TRAILERS.message("x"), files)
    assert clone.contents(sha) == {"README.md": b"# made by GitHub\n", **files}
    assert clone.contents(sha, lambda paths: [path for path in paths if path in {"again", "empty"}]) == {
        "again": files["again"],
        "empty": b"",
    }
    assert clone.contents(sha, lambda _: []) == {}


def test_put__commits_bytes_exactly_under_any_path(open_git: OpenGit, remote: Path) -> None:
    files = {
        ".gitattributes": b"* text=auto eol=lf ident filter=lfs diff=lfs merge=lfs\n",
        "empty": b"",
        "lines.txt": b"one\r\ntwo\r\n",
        "data/in put.bin": bytes(range(256)) * 8,
        "pointer": b"version https://git-lfs.github.com/spec/v1\n",
        "ident": b"$Id$\n",
        'quo"te.txt': b"data 3\nM 100644\n",
        "back\\slash.txt": b"1",
        "überschrift.md": b"2",
        "-dash": b"3",
        "'single'": b"4",
    }
    clone = open_git("clone.git")
    sha = clone.put("x", files)
    assert {path: clone.read(sha, path) for path in files} == files
    assert set(git("ls-tree", "-r", "-z", "--name-only", "main", cwd=remote).decode().split("\0")[:-1]) == {
        "README.md",
        *files,
    }


def test_put__removes_what_is_gone_and_keeps_the_rest(open_git: OpenGit) -> None:
    clone = open_git("clone.git")
    clone.put("1", {"old.js": b"1", "kept.js": b"2"})
    sha = clone.put("2", {"index.html": b"3"}, removed=["old.js", "never-was.js"])
    assert set(clone.files(sha)) == {"README.md", "index.html", "kept.js"}


def test_put__someone_else_pushed__once_more_on_top_of_theirs(open_git: OpenGit, remote: Path) -> None:
    clone = open_git("clone.git")
    push_by_someone_else(remote, "theirs.txt", "theirs")
    sha = clone.put("x", {"index.html": b"ours"})
    assert git("show", "main:theirs.txt", cwd=remote) == b"theirs"
    assert git("rev-parse", "main", cwd=remote).decode().strip() == sha


def test_put__the_branch_moves_every_time__tip_moved_and_nothing_is_forced(
    open_git: OpenGit, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = open_git("clone.git")
    push_by_someone_else(remote, "theirs.txt", "theirs")
    monkeypatch.setattr(Git, "fetch", lambda self: None)  # as if it moved again after each fetch
    with pytest.raises(TipMoved):
        clone.put("x", {"index.html": b"ours"})
    assert b"theirs" in git("show", "main:theirs.txt", cwd=remote)


def test_fetch__an_empty_repository_has_no_tip_and_takes_a_first_commit(tmp_path: Path) -> None:
    bare = tmp_path / "empty.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(bare), cwd=tmp_path)
    clone = Git(tmp_path / "clone.git", str(bare), "main", "", ENVIRON)
    clone.fetch()
    assert clone.tip() is None
    assert clone.commit_of("a" * 20) is None
    sha = clone.put("first", {"index.html": b"x"})
    assert git("rev-parse", "main", cwd=bare).decode().strip() == sha


def test_commit_of__finds_the_newest_commit_of_a_build_in_a_fresh_clone(open_git: OpenGit) -> None:
    clone = open_git("clone.git")
    clone.put(TRAILERS.message("Build round 1"), {"index.html": b"1"})
    again = clone.put(TRAILERS.message("Deploy again"), {})
    clone.put(Trailers("c" * 20, "b" * 20, 2).message("Build round 2"), {"index.html": b"2"})
    fresh = open_git("fresh.git")
    assert fresh.commit_of("a" * 20) == again
    assert fresh.commit_of("d" * 20) is None
    assert fresh.tip() != again


def test_an_empty_commit_has_the_same_files_and_another_id(open_git: OpenGit) -> None:
    clone = open_git("clone.git")
    first = clone.put("x", {"index.html": b"1"})
    second = clone.push(clone.commit("again", {}))
    assert first != second
    assert clone.files(first) == clone.files(second)


def test_read__returns_a_file_or_none(open_git: OpenGit) -> None:
    clone = open_git("clone.git")
    tip = clone.tip() or ""
    assert clone.read(tip, "README.md") == b"# made by GitHub\n"
    assert clone.read(tip, "absent.md") is None


def test_files__leave_out_symlinks(open_git: OpenGit, remote: Path) -> None:
    work = remote.parent / "someone"
    (work / "link").symlink_to("/etc/passwd")
    push_by_someone_else(remote, "real.txt", "real")
    assert set(open_git("clone.git").files("refs/remotes/origin/main")) == {"README.md", "real.txt"}


def test_hooks_and_configuration_of_the_machine_are_not_used(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    for name in ("pre-push", "post-commit", "reference-transaction"):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        hook.chmod(0o755)
    (home / ".gitconfig").write_text(f"[core]\n\thooksPath = {hooks}\n\tautocrlf = true\n[user]\n\tname = Student\n")
    environ = {**ENVIRON, "HOME": str(home), "GIT_AUTHOR_EMAIL": "student@example.org", "GIT_TRACE": "2"}
    clone = Git(tmp_path / "clone.git", str(remote), "main", "", environ)
    clone.fetch()
    sha = clone.put("x", {"a.txt": b"a\r\n"})
    assert not (tmp_path / "ran").exists()
    assert b"Student" not in git("cat-file", "commit", sha, cwd=remote)
    assert b"student@example.org" not in git("cat-file", "commit", sha, cwd=remote)


def test_environment__the_credential_is_for_one_server_and_nothing_else_is_inherited() -> None:
    token = "made-up" + "-token"
    environ = {"PATH": "/bin", "TARGET_TOKEN": token, "GIT_TRACE_CURL": "1", "https_proxy": "http://proxy:1"}
    variables = environment(environ, "https://github.example/o/n.git", token)
    keys = {variables[f"GIT_CONFIG_KEY_{n}"]: variables[f"GIT_CONFIG_VALUE_{n}"] for n in range(7)}
    header = keys["http.https://github.example/.extraHeader"]
    assert base64.b64decode(header.split()[-1]).decode() == f"x-access-token:{token}"
    assert token not in "".join(value for name, value in variables.items() if not name.startswith("GIT_CONFIG_VALUE"))
    assert variables["https_proxy"] == "http://proxy:1"
    assert variables["GIT_TERMINAL_PROMPT"] == "0"
    assert "GIT_TRACE_CURL" not in variables
    assert token not in repr(Git(Path("x"), "https://github.example/o/n.git", "main", token, environ))


def test_fetch__not_found_is_tried_again_1_2_4_8_16_seconds(tmp_path: Path) -> None:
    slept: list[float] = []
    clone = Git(tmp_path / "clone.git", str(tmp_path / "nowhere.git"), "main", "", ENVIRON, sleep=slept.append)
    with pytest.raises(CannotPush):
        clone.fetch()
    assert slept == [1, 2, 4, 8, 16]


def test_a_refusal_is_not_tried_again(open_git: OpenGit, remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH013: Repository rule violations. Push cannot contain secrets' >&2\nexit 1\n")
    hook.chmod(0o755)
    clone = open_git("clone.git")
    with pytest.raises(SecretFound):
        clone.put("x", {"index.html": b"x"})


@pytest.mark.parametrize(
    ("said", "kind", "passes"),
    [
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", CannotPush, True),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 503", CannotPush, True),
        ("fatal: unable to access: Could not resolve host: github.com", CannotPush, True),
        ("fatal: Authentication failed for 'https://x/'", TokenInsufficient, False),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", TokenInsufficient, False),
        (
            "! [remote rejected] main -> main (refusing to allow a Personal Access Token to create or update workflow "
            "`.github/workflows/pages.yml` without `workflow` scope)",
            TokenInsufficient,
            False,
        ),
        ("! [rejected] main -> main (fetch first)", TipMoved, False),
        ("! [rejected] main -> main (non-fast-forward)", TipMoved, False),
        ("fatal: couldn't find remote ref refs/heads/main", NoSuchBranch, False),
        ("! [remote rejected] main -> main (protected branch hook declined)", CannotPush, False),
    ],
)
def test_what_git_says_becomes_the_error_that_it_means(said: str, kind: type[Exception], passes: bool) -> None:
    assert isinstance(explain_git(said), kind)
    assert is_passing(said) is passes


TROUBLE = """#!/bin/sh
case "$*" in push*) [ -e {mark} ] || {{ : > {mark}
printf 'remote: Internal Server Error\\n ! [remote rejected] main -> main (Internal Server Error)\\n' >&2; exit 1; }} ;;
esac
exec {git} "$@"
"""


def test_push__rejected_by_trouble_of_githubs_own__tried_again(tmp_path: Path, remote: Path) -> None:
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(TROUBLE.format(mark=tmp_path / "tried", git=shutil.which("git")))
    script.chmod(0o755)
    slept: list[float] = []
    path = f"{script.parent}:{ENVIRON['PATH']}"
    clone = Git(tmp_path / "clone.git", str(remote), "main", "", {"PATH": path}, sleep=slept.append)
    clone.fetch()
    sha = clone.put("x", {"index.html": b"ours"})
    assert slept == [1.0]
    assert git("rev-parse", "main", cwd=remote).decode().strip() == sha


def test_put__an_earlier_try_arrived_while_this_one_was_refused__no_second_commit(
    open_git: OpenGit, remote: Path
) -> None:
    hook = remote / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text('#!/bin/sh\ngit update-ref "$1" "$3"\n')  # as the try does that git gave up, and the server did not
    hook.chmod(0o755)
    clone = open_git("ours")
    commit = clone.put(TRAILERS.message("Round 1"), {"index.html": b"<p>"})
    assert git("log", "--format=%H", "main", cwd=remote).decode().split()[0] == commit == clone.tip()
    assert len(git("log", "--format=%H", "main", cwd=remote).split()) == 2


def test_a_missing_workflow_permission_is_named() -> None:
    problem = explain_git(
        "refusing to allow a Personal Access Token to create or update workflow without `workflow` scope"
    )
    assert "Workflows: write" in str(problem)


def test_commit_stream__foreign_text_stays_data() -> None:
    stream = commit_stream("subject\n\nfrom refs/heads/other\n", None, {"a": b"x"}, (), 1)
    assert b"data 31\nsubject" in stream
