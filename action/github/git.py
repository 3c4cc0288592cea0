"""The git door: commits are made from bytes, without a working tree, so nothing can change them or be run on the way.

No checkout means no filters, no line-ending conversion, no LFS, no hooks and no symlinks to follow. The credential is
in git's environment only: never in a URL, in argv or in a file.
"""

import base64
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from action.github.refusals import NoSuchBranch, TipMoved, explain_git, is_passing
from action.record import BuildRecord
from receiver.task.project import BUILD_NOTE

AUTHOR = "Pagewright <pagewright@noreply.invalid>"
BUILD_FILE = BUILD_NOTE
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)  # a new repository can be "not found" for a while
SECONDS_FOR_A_TRANSFER = 120.0
PASSED_ON = (
    "PATH",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
DRAFT = "refs/pagewright/draft"


LONGEST_SAID = 20_000  # bytes; push protection has a block of ten lines for each secret


class GitFailed(Exception):
    """git ended with an error; the message is the end of what it said, which never holds the credential."""


@dataclass(frozen=True)
class Trailers:
    """What a commit says about the build that made it.

    `revision` is the message that asked for a change, `restored` the commit whose files came back, `brought` says who
    brought them.
    """

    build_id: str
    task_key: str
    round: int
    revision: str = ""
    restored: str = ""
    brought: str = ""

    @classmethod
    def of(cls, record: BuildRecord) -> "Trailers":
        """Return what a commit of a build says about it. A restore does not count as a revision."""
        revision = "" if record.restored else record.revision
        return cls(record.build_id, record.task_key, record.round, revision, record.restored, record.brought)

    def message(self, subject: str) -> str:
        """Return a commit message. `subject` is harmless (commit_title.py): "[skip ci]" would stop the deployment."""
        lines = {"Build": self.build_id, "Task": self.task_key, "Round": self.round}
        lines |= {"Revision": self.revision} if self.revision else {}
        lines |= {"Restored": self.restored} if self.restored else {}
        lines |= {"Brought-By": self.brought} if self.brought else {}
        return f"{subject}\n\n" + "".join(f"Pagewright-{name}: {value}\n" for name, value in lines.items())


@dataclass(frozen=True)
class Git:
    """A bare clone of one branch in `folder`. `url` is the repository's address; git inherits little of `environ`.

    With a `depth`, only so many commits are fetched.
    """

    folder: Path
    url: str
    branch: str
    token: str = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    depth: int | None = None
    seconds: float = SECONDS_FOR_A_TRANSFER

    def fetch(self) -> None:
        """Bring the clone to the remote's state, making it first if there is none. Raises UserError."""
        if not (self.folder / "HEAD").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._run("init", "--quiet", "--bare", "--template=", ".")
        refs = f"+refs/heads/{self.branch}:{self._tracking}"
        try:
            depth = [f"--depth={self.depth}"] if self.depth else []
            self._transfer("fetch", "--quiet", "--no-tags", "--prune", *depth, self.url, refs)
        except NoSuchBranch:
            self._run("update-ref", "-d", self._tracking)

    def tip(self) -> str | None:
        """Return the commit that the remote branch was at when it was last fetched or pushed to."""
        try:
            return self._run("rev-parse", "--verify", "--quiet", self._tracking).decode().strip()
        except GitFailed:
            return None

    def files(self, commit: str) -> dict[str, str]:
        """Return git's ids of the regular files in a commit, by path."""
        listing = self._run("ls-tree", "-r", "-l", "-z", commit).decode(errors="surrogateescape")
        return {path: blob for path, blob, _ in regular_files(listing)}

    def read(self, commit: str, path: str) -> bytes | None:
        """Return one file of a commit, or None when it is not there."""
        blob = self.files(commit).get(path)
        return self._run("cat-file", "blob", blob) if blob else None

    def contents(self, commit: str, select: Callable[[Iterable[str]], Iterable[str]] = list) -> dict[str, bytes]:
        """Return the files of a commit by path, or those of them that `select` takes."""
        files = self.files(commit)
        paths = list(select(files))
        return dict(zip(paths, self.read_many([files[path] for path in paths]), strict=True))

    def read_many(self, blobs: Sequence[str]) -> list[bytes]:
        """Return the contents of blobs, by git's ids, in the same order."""
        return list(contents(self._run, blobs))

    def trailer(self, commit: str, name: str) -> str:
        """Return the value of a trailer of a commit's message, nothing when it has none."""
        return self._run("log", "-1", f"--format=%(trailers:key={name},valueonly)", commit).decode().strip()

    def commit_of(self, build_id: str) -> str | None:
        """Return the newest commit of a build on the fetched branch."""
        if self.tip() is None:
            return None
        pattern = f"^Pagewright-Build: {build_id}$"
        found = self._run("log", "-1", "--format=%H", f"--grep={pattern}", self._tracking).strip()
        return found.decode() or None

    def put(
        self, message: str, files: Mapping[str, bytes], removed: Iterable[str] = (), *, is_patient: bool = True
    ) -> str:
        """Commit `files` on top of the branch and push. When someone else was faster, once more on top of theirs.

        Only if it `is_patient`. Returns the commit. Raises UserError, and TipMoved when the branch moves all the time.
        """
        removed = tuple(removed)
        try:
            return self.push(self.commit(message, files, removed))
        except TipMoved:
            if not is_patient:
                raise
            return self.push(self.commit(message, files, removed))

    def commit(self, message: str, files: Mapping[str, bytes], removed: Iterable[str] = ()) -> str:
        """Make a commit on top of the fetched branch; other files stay as they are. Returns it."""
        stream = commit_stream(message, self.tip(), files, removed, int(self.now()))
        self._run("fast-import", "--quiet", "--force", "--date-format=raw", stdin=stream)
        return self._run("rev-parse", DRAFT).decode().strip()

    def push(self, commit: str) -> str:
        """Push a commit, never by force. Raises TipMoved, after a fetch, and UserError.

        What is in the way can be the commit itself: an earlier try arrived, and its answer did not.
        """
        try:
            self._transfer("push", "--quiet", "--no-verify", self.url, f"{commit}:refs/heads/{self.branch}")
        except TipMoved:
            self.fetch()
            if not self._is_there(commit):
                raise
        else:
            self._run("update-ref", self._tracking, commit)
        return commit

    def _is_there(self, commit: str) -> bool:
        """Whether the fetched branch has a commit."""
        try:
            self._run("merge-base", "--is-ancestor", commit, self._tracking)
        except GitFailed:
            return False
        return True

    def replace(self, message: str, files: Mapping[str, bytes]) -> str:
        """Let the branch be one commit of these files, without history: the one push by force. Raises UserError.

        What was there is fetched first: with a depth, git then sends only what is new.
        """
        self.fetch()
        stream = commit_stream(message, None, files, (), int(self.now()))
        self._run("fast-import", "--quiet", "--force", "--date-format=raw", stdin=stream)
        self._transfer("push", "--quiet", "--no-verify", "--force", self.url, f"{DRAFT}:refs/heads/{self.branch}")
        return self._run("rev-parse", DRAFT).decode().strip()

    @property
    def _tracking(self) -> str:
        return f"refs/remotes/origin/{self.branch}"

    def _transfer(self, *arguments: str) -> None:
        """Run a git command that talks to GitHub, again for what passes by itself."""
        for pause in (*PAUSES, None):
            try:
                self._run(*arguments)
            except GitFailed as failure:
                problem = explain_git(str(failure))
                if pause is None or not is_passing(str(failure)):
                    raise problem from None
            else:
                return
            if pause is not None:
                self.sleep(pause)

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        own = environment(self.environ, self.url, self.token)
        return run_git(*arguments, cwd=self.folder, env=own, stdin=stdin, seconds=self.seconds)


def run_git(
    *arguments: str, cwd: Path, env: Mapping[str, str], stdin: bytes = b"", seconds: float, largest_file: int = 0
) -> bytes:
    """Return what git prints; its children end with it. Raises GitFailed.

    A file that git or a child of it writes, or what it prints, grows at the most to `largest_file` bytes if that is
    said. `ulimit -f` counts 512 bytes.
    """
    limited = ("sh", "-c", f'ulimit -f {largest_file // 512} && exec "$@"', "sh") if largest_file else ()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*limited, "git", *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=said,
            start_new_session=True,
        )
        try:
            process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise GitFailed("git took too long: operation timed out") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        said.seek(0)
        if process.returncode:
            raise GitFailed(said.read().decode(errors="replace")[-LONGEST_SAID:])
        return output.read()


def regular_files(listing: str) -> Iterator[tuple[str, str, int]]:
    """Yield path, git's id and size of the regular files in the output of `git ls-tree -r -l -z`."""
    for line in filter(None, listing.split("\0")):
        meta, path = line.split("\t", 1)
        mode, _, blob, size = meta.split()
        if mode.startswith("100"):
            yield path, blob, int(size)


def contents(run: Callable[..., bytes], blobs: Iterable[str]) -> Iterator[bytes]:
    """Yield the contents of blobs, by git's ids, in the same order."""
    wanted = "".join(f"{blob}\n" for blob in blobs).encode()
    return split_batch(run("cat-file", "--batch", stdin=wanted) if wanted else b"")


def last_words(said: object) -> str:
    """Return the end of what git said on one line."""
    return " ".join(str(said).split())[-300:] or "it said nothing"


def environment(environ: Mapping[str, str], url: str, token: str) -> dict[str, str]:
    """Return the whole environment of git: nobody's configuration, no prompts, the credential for one server."""
    settings = {
        "core.hooksPath": "/dev/null",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "http.followRedirects": "false" if token else "initial",  # to a repository's new name; no token goes along
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
    }
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        settings[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: Basic {basic}"
    variables = {name: environ[name] for name in PASSED_ON if environ.get(name)}
    variables |= {
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def commit_stream(
    message: str, parent: str | None, files: Mapping[str, bytes], removed: Iterable[str], at: int
) -> bytes:
    """Return git's fast-import language for one commit."""
    text = message.encode()
    lines = [b"commit %s\n" % DRAFT.encode()]
    lines += [b"%s %s %d +0000\n" % (who, AUTHOR.encode(), at) for who in (b"author", b"committer")]
    lines += [b"data %d\n%s\n" % (len(text), text)]
    if parent:
        lines.append(b"from %s\n" % parent.encode())
    lines += [b"D %s\n" % quoted(path) for path in removed]
    lines += [b"M 100644 inline %s\ndata %d\n%s\n" % (quoted(path), len(body), body) for path, body in files.items()]
    return b"".join(lines)


def split_batch(output: bytes) -> Iterator[bytes]:
    """Yield the contents in the output of `git cat-file --batch`."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        size = int(output[position:end].split()[2])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def blob_id(body: bytes) -> str:
    """Return git's id of a file's bytes."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def quoted(path: str) -> bytes:
    """Return a path as fast-import reads it."""
    return b'"%s"' % path.replace("\\", "\\\\").replace('"', '\\"').encode()


def read_note(note: bytes | None) -> dict[str, object]:
    """Return what a repository says about its build; nothing when it says nothing that can be read."""
    try:
        found = json.loads(note or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
