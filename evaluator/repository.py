"""What a student's repository holds at the commit of the callback, read by a git that is held within limits."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from action.gates.secret_scan import scan
from action.github.clone import files_at
from action.github.git import GitFailed, contents, environment, last_words, run_git
from action.github.refusals import ABSENT

SECONDS = 90.0
LARGEST_FILE = 200_000_000  # a pack; git's own download has no limit
LARGEST_OUTPUT = 110_000_000  # the files of one commit
MOST_COMMITS = 500
LARGEST_SCANNED = 1_000_000  # of one file; what is larger is data
LARGEST_HISTORY = 40_000_000
MOST_FINDINGS = 20
OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
NOT_THERE = (*ABSENT, "not our ref", "bad object", "unable to parse")


@dataclass(frozen=True)
class BoundedGit:
    """Runs git in one folder. `environ` brings PATH and the proxy, and nothing else gets through."""

    folder: Path
    environ: Mapping[str, str]
    seconds: float = SECONDS

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git prints. Raises GitFailed."""
        own = environment(self.environ, url="", token="")
        printed = run_git(
            *arguments, cwd=self.folder, env=own, stdin=stdin, seconds=self.seconds, largest_file=LARGEST_FILE
        )
        if len(printed) > LARGEST_OUTPUT:
            raise GitFailed("the repository is too large to be looked at")
        return printed


class RepositoryProblem(Exception):
    """Nothing can be read. `is_certain`: that is the repository's fault, and will be so tomorrow."""

    def __init__(self, reason: str, *, is_certain: bool) -> None:
        super().__init__(reason)
        self.is_certain = is_certain


@dataclass(frozen=True)
class Snapshot:
    """`files` at the commit; `commits` that it is built on, with their times; findings of the secret scan.

    `is_whole`: these are all commits. `is_scanned`: every version of every file was looked at.
    """

    full_name: str
    files: Mapping[str, bytes]
    commits: Mapping[str, float]
    findings: tuple[str, ...] = field(default=(), repr=False)
    is_whole: bool = True
    is_scanned: bool = True

    @property
    def first_committed_at(self) -> float | None:
        """The time of the oldest commit, None when the history goes on before it."""
        return min(self.commits.values()) if self.is_whole and self.commits else None


@dataclass(frozen=True)
class Repositories:
    """Reads repositories of one server, each into a bare clone below `folder` that is removed afterwards."""

    server_url: str
    folder: Path
    environ: Mapping[str, str]

    def read(self, repo_url: str, commit: str, *, known: Iterable[str] = (), foreign: Iterable[bytes] = ()) -> Snapshot:
        """Return the state at a commit. `known` must not be in the history; `foreign` files are not the student's.

        Raises RepositoryProblem.
        """
        full_name = full_name_of(repo_url, self.server_url)
        self.folder.mkdir(parents=True, exist_ok=True)
        clone = Path(tempfile.mkdtemp(suffix=".git", dir=self.folder))
        try:
            return look(BoundedGit(clone, self.environ), f"{self.server_url}/{full_name}.git", commit, known, foreign)
        except GitFailed as error:
            is_certain = any(sign in str(error).lower() for sign in (*NOT_THERE, "too large"))
            raise RepositoryProblem(f"git could not read it: {last_words(error)}", is_certain=is_certain) from None
        finally:
            shutil.rmtree(clone, ignore_errors=True)


def full_name_of(repo_url: str, server_url: str) -> str:
    """Return "owner/name" of an address on the server. Raises RepositoryProblem for every other address."""
    parts, server = urlsplit(repo_url), urlsplit(server_url)
    owner, _, name = parts.path.removesuffix("/").removesuffix(".git").removeprefix("/").partition("/")
    is_ours = (parts.scheme, parts.netloc.lower()) == (server.scheme, server.netloc.lower())
    if not is_ours or parts.query or not OWNER.fullmatch(owner) or not NAME.fullmatch(name):
        raise RepositoryProblem(f"it is no repository of {server_url}", is_certain=True)
    return f"{owner}/{name}"


def look(git: BoundedGit, url: str, commit: str, known: Iterable[str], foreign: Iterable[bytes]) -> Snapshot:
    """Fetch a commit with its history and read both. Raises GitFailed."""
    git.run("init", "--quiet", "--bare", "--template=", ".")
    git.run("fetch", "--quiet", f"--depth={MOST_COMMITS}", "--no-tags", url, commit)
    log = git.run("log", "--format=%H %ct", commit).decode().split()
    is_shallow = git.run("rev-parse", "--is-shallow-repository").strip() == b"true"
    bodies, is_all = history_of(git, commit)
    others = set(foreign)
    ours = {path: body for path, body in bodies.items() if body not in others}
    findings = dict.fromkeys(str(finding) for finding in scan(ours, known))
    return Snapshot(
        full_name="/".join(urlsplit(url).path.removesuffix(".git").split("/")[-2:]),
        files=files_at(git.run, commit),
        commits=dict(zip(log[::2], map(float, log[1::2]), strict=True)),
        findings=tuple(findings)[:MOST_FINDINGS],
        is_whole=not is_shallow,
        is_scanned=is_all and not is_shallow,
    )


def history_of(git: BoundedGit, commit: str) -> tuple[dict[str, bytes], bool]:
    """Return every version of every file as "path (id)", and whether these are all."""
    objects = git.run("rev-list", "--objects", commit).decode(errors="replace")
    listed = [line.partition(" ") for line in objects.splitlines()]
    paths = {blob: path for blob, _, path in listed if path}
    described = git.run("cat-file", "--batch-check", stdin="".join(f"{blob}\n" for blob in paths).encode())
    chosen: list[str] = []
    total, is_all = 0, True
    for line in described.decode().splitlines():
        blob, kind, size = line.split()
        if kind != "blob":
            continue
        if int(size) > LARGEST_SCANNED or total + int(size) > LARGEST_HISTORY:
            is_all = False
            continue
        total += int(size)
        chosen.append(blob)
    bodies = contents(git.run, chosen)
    return {f"{paths[blob]} ({blob[:10]})": body for blob, body in zip(chosen, bodies, strict=True)}, is_all


TIMEOUT = (10, 20)


@dataclass(frozen=True)
class Ages:
    """`token` is optional: without it GitHub answers 60 questions an hour. It goes to the API and nowhere else."""

    session: requests.Session
    api_url: str
    token: str = field(default="", repr=False)

    def created_at(self, full_name: str) -> float | None:
        """Return when the server made a repository, None when it does not say."""
        headers = {"Accept": "application/vnd.github+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.session.get(f"{self.api_url}/repos/{full_name}", headers=headers, timeout=TIMEOUT)
            if answer.status_code != 200:
                return None
            return datetime.fromisoformat(str(answer.json()["created_at"])).timestamp()
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return None


def shown(seconds: float) -> str:
    """Return a time as people read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
