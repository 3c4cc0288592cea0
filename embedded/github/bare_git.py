"""One bare git repository, worked with git's plumbing: argument lists, a clean environment, no working tree."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

GIT = shutil.which("git") or "git"
NO_COMMIT = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PLAIN_REVISION = re.compile(r"[^\s~^:?*\[\\@{-][^\s~^:?*\[\\{]*")
CLEAN_ENVIRONMENT = {
    "PATH": f"{Path(GIT).parent}{os.pathsep}{os.defpath}",
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",  # the data directory may belong to whoever started the last session
    "GIT_CONFIG_VALUE_0": "*",
}


class GitRefused(Exception):
    """git ended with an error; the text is git's own."""


@dataclass(frozen=True)
class Entry:
    """One line of a tree: mode such as 100644, kind blob, tree or commit; `size` of blobs."""

    mode: str
    kind: str
    sha: str
    path: str
    size: int | None


@dataclass(frozen=True)
class Person:
    """An author or committer; `date` is strict ISO 8601."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """What a commit object says."""

    sha: str
    tree: str
    parents: list[str]
    author: Person
    committer: Person
    message: str


COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"


class BareGit:
    """Reads and writes one repository. Names from outside are checked before git sees them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Return what git prints. Raises GitRefused."""
        done = subprocess.run(
            [GIT, "--git-dir", str(self.path), *arguments],
            input=stdin,
            capture_output=True,
            env={**CLEAN_ENVIRONMENT, **(environment or {})},
            check=False,
        )
        if done.returncode:
            raise GitRefused(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def text(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
        """Return what git prints, as text without the last line end. Raises GitRefused."""
        return self.run(*arguments, stdin=stdin, environment=environment).decode(errors="replace").rstrip("\n")

    def create(self, default_branch: str) -> None:
        """Make the repository, empty."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}")

    def set_head(self, branch: str) -> None:
        """Make `branch` the one that a clone checks out."""
        self.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def is_empty(self) -> bool:
        """Whether there is no branch yet."""
        return not self.refs("refs/heads", limit=1)

    def refs(self, *prefixes: str, limit: int = 0) -> dict[str, str]:
        """Return full ref names with the SHA they point at."""
        lines = self.text(
            "for-each-ref", f"--count={limit}", "--format=%(refname) %(objectname)", *prefixes
        ).splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def resolve(self, revision: str, kind: str = "commit") -> str | None:
        """Return the full SHA of a branch, tag or (short) SHA, or None. `kind` is commit, tree, blob or object."""
        if not PLAIN_REVISION.fullmatch(revision) or ".." in revision:
            return None
        try:
            return self.text("rev-parse", "--verify", "--quiet", f"{revision}^{{{kind}}}")
        except GitRefused:
            return None

    def kind(self, sha: str) -> str | None:
        """Return commit, tree, blob or tag for the object of this full SHA, or None."""
        answer = self.text("cat-file", "--batch-check", stdin=sha.encode() + b"\n").split()
        return answer[1] if len(answer) == 3 else None

    def blob(self, sha: str) -> bytes:
        """Return the bytes of a blob."""
        return self.run("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        """Store bytes and return their SHA."""
        return self.text("hash-object", "-w", "--stdin", stdin=content)

    def tree(self, treeish: str, *, recursive: bool = False, path: str = "") -> list[Entry]:
        """Return the entries of a tree, or those of a directory in it; with a file's path, the file itself."""
        options = ["-r", "-t"] if recursive else []
        paths = ["--", path] if path else []
        output = self.text("--literal-pathspecs", "ls-tree", "-z", "--long", *options, treeish, *paths)
        return [read_entry(line) for line in output.split("\0") if line]

    def write_tree(self, base: str | None, changes: Iterable[tuple[str, str, str | None]]) -> str:
        """Apply (mode, path, SHA; None removes) to a base tree and return the new tree's SHA. Raises GitRefused."""
        with tempfile.TemporaryDirectory() as directory:
            index = {"GIT_INDEX_FILE": f"{directory}/index"}
            if base:
                self.run("read-tree", base, environment=index)
            flat: list[str] = []
            for mode, path, sha in changes:
                if sha is not None and mode == "040000":
                    inner = [entry for entry in self.tree(sha, recursive=True) if entry.kind != "tree"]
                    flat += [f"{entry.mode} {entry.sha}\t{path}/{entry.path}\0" for entry in inner]
                else:
                    flat.append(f"{mode if sha else '0'} {sha or NO_COMMIT}\t{path}\0")
            self.run("update-index", "-z", "--index-info", stdin="".join(flat).encode(), environment=index)
            return self.text("write-tree", environment=index)

    def commit(self, sha: str) -> Commit:
        """Return one commit. Raises GitRefused."""
        return self.history(sha, limit=1)[0]

    def history(self, revision: str, *, path: str = "", skip: int = 0, limit: int = 30) -> list[Commit]:
        """Return commits, newest first."""
        paths = ["--", path] if path else ["--"]
        output = self.text(
            "--literal-pathspecs",
            "log",
            "-z",
            f"--format={COMMIT_FORMAT}%x01",
            f"--skip={skip}",
            f"-n{limit}",
            revision,
            *paths,
        )
        return [read_commit(record) for record in output.split("\x01") if record.strip("\0")]

    def count(self, revision: str) -> int:
        """Return how many commits lead to `revision`."""
        return int(self.text("rev-list", "--count", revision))

    def write_commit(self, tree: str, parents: Iterable[str], message: str, author: Person, committer: Person) -> str:
        """Store a commit and return its SHA."""
        environment = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": committer.date,
        }
        options = [option for parent in parents for option in ("-p", parent)]
        return self.text("commit-tree", tree, *options, "-F", "-", stdin=message.encode(), environment=environment)

    def update_ref(self, ref: str, new: str, old: str | None = None) -> None:
        """Point a ref at `new`; with `old`, only if it still points there (NO_COMMIT: only if it is new)."""
        self.run("update-ref", ref, new, *([] if old is None else [old]))

    def delete_ref(self, ref: str) -> None:
        """Remove a ref."""
        self.run("update-ref", "-d", ref)

    def is_valid_ref(self, ref: str) -> bool:
        """Whether git accepts this as the full name of a ref."""
        return self.says_yes("check-ref-format", ref)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` continues `old`."""
        return self.says_yes("merge-base", "--is-ancestor", old, new)

    def says_yes(self, *question: str) -> bool:
        """Whether git ends without an error."""
        try:
            self.run(*question)
        except GitRefused:
            return False
        return True

    def changed_paths(self, old: str, new: str) -> list[tuple[str, str]]:
        """Return (A, M, D or T, path) for what differs between two trees or commits."""
        fields = self.text("diff-tree", "-r", "-z", "--no-renames", "--name-status", old, new).split("\0")
        return list(zip(fields[0::2], fields[1::2], strict=False))

    def changed_paths_of(self, commit: Commit) -> list[tuple[str, str]]:
        """Return (A, M, D or T, path) for what a commit changed in its first parent."""
        return self.changed_paths(commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha)

    def patch(self, old: str, new: str) -> str:
        """Return the differences as a patch."""
        return self.text("diff-tree", "-r", "-p", "--no-renames", "--no-color", old, new)


def read_entry(line: str) -> Entry:
    """Read one line of `ls-tree --long`."""
    meta, _, path = line.partition("\t")
    mode, kind, sha, size = meta.split()
    return Entry(mode, kind, sha, path, int(size) if size.isdigit() else None)


def read_commit(record: str) -> Commit:
    """Read one record of COMMIT_FORMAT."""
    sha, tree, parents, an, ae, ad, cn, ce, cd, message = record.lstrip("\0").split("\0", 9)
    return Commit(sha, tree, parents.split(), Person(an, ae, ad), Person(cn, ce, cd), message.rstrip("\n"))
