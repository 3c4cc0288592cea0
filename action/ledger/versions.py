"""The versions of a target repository: its newest commits read without a credential, their files and digests."""

import codecs
import hashlib
import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from action.github.git import GitFailed, environment, last_words, regular_files, run_git
from action.ledger.models import Version, VersionFile
from receiver.task.project import PROJECT

MOST_VERSIONS = 200
MOST_NEW_BYTES = 64_000_000  # of contents in one collection; the next one goes on where this one stopped
SECONDS_FOR_GIT = 120.0
LARGEST_PACK = 500_000_000  # bytes of one file that git may write
LONGEST_SUBJECT = 200
PIECE = 1024 * 1024
NAME = re.compile(PROJECT)
TRAILERS = ("Build", "Task", "Round")
PARTS = ("%H", "%P", "%ct", "%s", *(f"%(trailers:key=Pagewright-{key},valueonly,separator=%x2C)" for key in TRAILERS))
LATEST = 4_102_444_800  # the year 2100: a commit may claim any time
Kept = tuple[Version, Mapping[str, bytes]]


class HistoryUnreadable(Exception):
    """Why the commits of a target repository could not be read."""


@dataclass(frozen=True)
class TargetHistory:
    """Reads repositories of `server_url` into bare clones below `folder`; nothing is ever checked out."""

    server_url: str
    folder: Path
    environ: Mapping[str, str]

    def tip(self, project: str) -> str:
        """Return the newest commit, "" when there is no such repository or not everybody may read it."""
        try:
            return self._tip(project)
        except HistoryUnreadable:
            return ""

    def new_versions(self, task_key: str, project: str, known: Collection[str]) -> Iterator[Kept]:
        """Yield the versions that are not known, oldest first, with the contents that are kept.

        Raises HistoryUnreadable.
        """
        tip, url, clone = self._tip(project), self._url(project), self.folder / f"{project}.git"
        if not tip or tip in known:
            return
        clone.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--template=", ".", cwd=clone)
        # One more than are looked at, so that the oldest of them still names its parent.
        self._git("fetch", "--quiet", "--no-tags", f"--depth={MOST_VERSIONS + 1}", url, "HEAD", cwd=clone)
        yield from self._read(task_key, project, known, clone)

    def _url(self, project: str) -> str:
        return f"{self.server_url.rstrip('/')}/{project}.git"

    def _tip(self, project: str) -> str:
        """Return the newest commit, nothing for an empty repository. Raises HistoryUnreadable."""
        if not NAME.fullmatch(project):
            raise HistoryUnreadable("its name is not that of a repository")
        return self._git("ls-remote", self._url(project), "HEAD", cwd=Path("/")).split(b"\t")[0].decode()

    def _read(self, task_key: str, project: str, known: Collection[str], clone: Path) -> Iterator[Kept]:
        contents, total = Contents(lambda blob: self._stream(blob, clone)), 0
        for commit in self._commits(clone):
            if commit[0] in known or total > MOST_NEW_BYTES:
                continue
            listing = self._git("ls-tree", "-r", "-l", "-z", commit[0], cwd=clone)
            files, omitted, kept = contents.describe(listed_files(listing))
            total += sum(map(len, kept.values()))
            version = version_of(task_key, project, commit)
            version.files, version.omitted = files, omitted
            yield version, kept

    def _commits(self, clone: Path) -> list[list[str]]:
        """Return the fields of the newest commits, oldest first."""
        form = "%x00".join(PARTS)  # no commit's message can hold a zero byte
        log = self._git("log", "-z", f"-{MOST_VERSIONS}", f"--format={form}", "FETCH_HEAD", cwd=clone)
        fields = log.decode(errors="replace").split("\0")
        return [fields[at : at + len(PARTS)] for at in range(0, len(fields) - len(PARTS) + 1, len(PARTS))][::-1]

    def _stream(self, blob: str, clone: Path) -> Iterator[bytes]:
        with subprocess.Popen(
            ["git", "cat-file", "blob", blob], cwd=clone, env=self._environment(), stdout=subprocess.PIPE
        ) as process:
            output = process.stdout
            while output and (piece := output.read(PIECE)):
                yield piece
        if process.returncode:
            raise HistoryUnreadable("git could not read a file of it")

    def _git(self, *arguments: str, cwd: Path) -> bytes:
        own = self._environment()
        try:
            return run_git(*arguments, cwd=cwd, env=own, seconds=SECONDS_FOR_GIT, largest_file=LARGEST_PACK)
        except GitFailed as error:
            raise HistoryUnreadable(last_words(error)) from None

    def _environment(self) -> dict[str, str]:
        return environment(self.environ, url="", token="")


def version_of(task_key: str, project: str, fields: list[str]) -> Version:
    """Return a version without its files. Trailers of another task, or of no known form, count for nothing."""
    sha, parents, at, subject, build, task, round_ = fields
    parent = parents.split(" ")[0]
    is_build = task == task_key and bool(re.fullmatch(r"[0-9a-f]{20}", build))
    return Version(
        task_key=task_key,
        project=project,
        sha=sha,
        parent=parent,
        committed_at=datetime.fromtimestamp(min(max(int(at), 0), LATEST), UTC),
        subject=subject[:LONGEST_SUBJECT],
        build_id=build if is_build else "",
        round=int(round_) if is_build and re.fullmatch(r"\d{1,4}", round_) else 0,
        is_ours=is_build or not parent,
    )


LARGEST_KEPT = 256 * 1024
MOST_KEPT = 200
MOST_KEPT_BYTES = 8 * 1024 * 1024  # of one version
MOST_LISTED = 1000
LONGEST_PATH = 4096
Stream = Callable[[str], Iterator[bytes]]


@dataclass(frozen=True)
class Listed:
    """A regular file of a commit, as git lists it."""

    path: str
    blob: str
    size: int


@dataclass(frozen=True)
class Summed:
    """What is the same for the same contents."""

    sha256: str
    is_text: bool


class Contents:
    """`stream` yields the contents of a blob in pieces. Each blob is read once for its digest."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._summed: dict[str, Summed] = {}
        self._given: set[str] = set()

    def describe(self, listed: Iterable[Listed]) -> tuple[list[VersionFile], int, dict[str, bytes]]:
        """Return the entries of a version, how many files are left out, and kept contents that are new."""
        files = sorted(listed, key=lambda file: file.path)
        entries: list[VersionFile] = []
        kept: dict[str, bytes] = {}
        budget = MOST_KEPT_BYTES
        for number, file in enumerate(files[:MOST_LISTED]):
            is_kept = number < MOST_KEPT and file.size <= min(LARGEST_KEPT, budget)
            if is_kept:
                budget -= file.size
                kept |= self._new_contents(file)
            entries.append(self._entry(file, is_kept=is_kept))
        return entries, max(0, len(files) - MOST_LISTED), kept

    def _new_contents(self, file: Listed) -> dict[str, bytes]:
        if file.blob in self._given:
            return {}
        self._given.add(file.blob)
        body = b"".join(self._stream(file.blob))
        found = self._summed.setdefault(file.blob, summed([body]))
        return {found.sha256: body}

    def _entry(self, file: Listed, *, is_kept: bool) -> VersionFile:
        if file.blob not in self._summed:
            self._summed[file.blob] = summed(self._stream(file.blob))
        found = self._summed[file.blob]
        return VersionFile(path=file.path, size=file.size, sha256=found.sha256, is_kept=is_kept, is_text=found.is_text)


def summed(pieces: Iterable[bytes]) -> Summed:
    """Return the digest of contents, and whether they are text: UTF-8 without zero bytes."""
    digest, decoder, is_text = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True
    for piece in pieces:
        digest.update(piece)
        is_text = is_text and b"\0" not in piece and can_decode(decoder, piece)
    return Summed(digest.hexdigest(), is_text and can_decode(decoder, b"", final=True))


def can_decode(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    """Whether the next piece goes on as UTF-8."""
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def listed_files(listing: bytes) -> Iterator[Listed]:
    """Read the output of `git ls-tree -r -l -z`: regular files only, under names that are text."""
    files = (Listed(*each) for each in regular_files(listing.decode(errors="replace")))
    return (file for file in files if len(file.path) <= LONGEST_PATH)
