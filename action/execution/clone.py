"""A fresh clone of a public project, made as the command's own user, and the files of any public repository.

Both without a credential. Of a foreign repository nothing is checked out: its links, hooks, filters and modules are
never followed.
"""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from action.errors import CannotExecute, NoSuchProject
from action.execution.workplace import Workplace, process_options
from action.gates.http import Resolve, resolve_with_system, resolve_within
from action.github.git import GitFailed, contents, environment, last_words, regular_files, run_git
from action.github.refusals import ABSENT
from receiver.task.addresses import is_global
from receiver.task.project import BUILD_NOTE
from receiver.task.upload import LARGEST_KEPT

SECONDS_FOR_GIT = 60.0  # three attempts and the longest command fit in the job's time
SECONDS_FOR_NAMES = 10.0
PAUSES = (1.0, 2.0)
NO_SUCH_REF = ("find remote ref", "not our ref", "unadvertised object")


LARGEST_PACK = 200_000_000  # bytes that are fetched of a foreign repository
MOST_ENTRIES = 5_000
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Foreign:
    """Fetches repositories of others into `folder`. `resolve` finds the addresses of a host."""

    folder: Path
    environ: Mapping[str, str]
    allowed_hosts: frozenset[str] = frozenset()
    resolve: Resolve = resolve_with_system

    def files(self, url: str) -> tuple[str, dict[str, bytes], int]:
        """Return the newest commit, its regular files, and how many entries are none. Raises CannotExecute."""
        options = self._options(url)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._git("init", "--quiet", "--bare", "--template=", ".")
            self._git(*options, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", url, "HEAD")
            listing = self._git("ls-tree", "-r", "-l", "-z", "FETCH_HEAD").decode(errors="replace")
            entries = [line for line in listing.split("\0") if line]
            found = {path: (blob, size) for path, blob, size in regular_files(listing)}
            if len(entries) > MOST_ENTRIES or sum(size for _, size in found.values()) > LARGEST_KEPT:
                raise not_imported(f"it has more than {MOST_ENTRIES:,} files, or {LARGEST_KEPT:,} bytes in them")
            bodies = contents(self._git, [blob for blob, _ in found.values()])
            commit = self._git("rev-parse", "FETCH_HEAD").decode().strip()
            return commit, dict(zip(found, bodies, strict=True)), len(entries) - len(found)
        except GitFailed as error:
            raise not_imported(f"git said: {last_words(error)}") from None

    def _options(self, url: str) -> list[str]:
        """Return what keeps git at the addresses that were looked at. Raises CannotExecute."""
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
        try:
            port = parts.port or PORTS[scheme]
            addresses = resolve_within(self.resolve, host, port, SECONDS_FOR_NAMES)
        except (OSError, ValueError, KeyError):
            raise not_imported("its host cannot be resolved") from None
        if not {host, f"{host}:{port}"} & self.allowed_hosts:
            if scheme != "https":
                raise not_imported("its address does not begin with https://")
            if not addresses or not all(map(is_global, addresses)):
                raise not_imported("its host is not on the public internet")
        settings = {
            "protocol.allow": "never",
            f"protocol.{scheme}.allow": "always",
            "http.followRedirects": "false",
            "http.curloptResolve": f"{host}:{port}:{','.join(addresses)}",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        own = environment(self.environ, url="", token="")
        seconds, largest = SECONDS_FOR_GIT, LARGEST_PACK
        return run_git(*arguments, cwd=self.folder, env=own, stdin=stdin, seconds=seconds, largest_file=largest)


def not_imported(reason: str) -> CannotExecute:
    """Return the error for a foreign repository that is not taken over."""
    return CannotExecute(
        f"The repository is not imported: {reason}.",
        "it is not public, too large, behind a redirect, or its address has a typing error.",
        "Look at it without being signed in; or send its files as a zip archive.",
    )


class GitSaid(Exception):
    """git ended with an error, in its own words."""


@dataclass(frozen=True)
class Cloner:
    """Clones repositories of `server_url`."""

    server_url: str
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    def clone(self, project: str, ref: str | None, place: Workplace) -> str:
        """Check out a ref, or the newest commit, and return the commit. Raises NoSuchProject, CannotExecute."""
        self._git(place, "init", "--quiet", "--template=", ".")
        self._git(place, "remote", "add", "origin", f"{self.server_url.rstrip('/')}/{project}.git")
        self._fetch(place, "HEAD", project)
        if not self._has_note(place):
            raise no_such_project(project, f"its newest commit has no {BUILD_NOTE}")
        if ref:
            self._fetch(place, ref, project)
        self._git(place, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return self._git(place, "rev-parse", "HEAD").strip()

    def _has_note(self, place: Workplace) -> bool:
        try:
            self._git(place, "cat-file", "-e", f"FETCH_HEAD:{BUILD_NOTE}")
        except CannotExecute:
            return False
        return True

    def _fetch(self, place: Workplace, what: str, project: str) -> None:
        """Fetch one commit, again for what passes by itself."""
        for pause in (*PAUSES, None):
            try:
                self._try("fetch", "--quiet", "--depth=1", "--no-tags", "origin", what, place=place)
            except GitSaid as said:
                words = str(said).lower()
                if what != "HEAD" and any(sign in words for sign in NO_SUCH_REF):
                    raise no_such_ref(project, what) from None
                if any(sign in words for sign in ABSENT):
                    raise no_such_project(project, "the server has no public repository of this name") from None
                if pause is None:
                    raise git_failed(str(said)) from None
                self.sleep(pause)
            else:
                return

    def _git(self, place: Workplace, *arguments: str) -> str:
        try:
            return self._try(*arguments, place=place)
        except GitSaid as said:
            raise git_failed(str(said)) from None

    def _try(self, *arguments: str, place: Workplace) -> str:
        """Run git. Raises GitSaid."""
        try:
            done: subprocess.CompletedProcess[bytes] = subprocess.run(
                ["git", *arguments],
                cwd=place.project,
                env=environment(self.environ, url="", token=""),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS_FOR_GIT,
                check=False,
                **process_options(place.user),
            )
        except subprocess.TimeoutExpired:
            raise GitSaid("it took too long") from None
        except OSError as error:
            raise GitSaid(str(error)) from None
        if done.returncode:
            raise GitSaid(" ".join(done.stderr.decode(errors="replace").split())[-300:])
        return done.stdout.decode(errors="replace")


def no_such_project(project: str, reason: str) -> NoSuchProject:
    """Return the error for what is no project."""
    return NoSuchProject(
        f"{project} is no project: {reason}.",
        "the name has a typing error, or the repository was deleted, made private, or never published by Pagewright.",
        "Look the name up on the dashboard, or in the repo_url of the task's callback.",
    )


def no_such_ref(project: str, ref: str) -> CannotExecute:
    """Return the error for a branch, tag or commit that is not there."""
    return CannotExecute(
        f"{project} has no branch, tag or commit {ref}.",
        "it was deleted, or the name has a typing error.",
        "Leave ref out to use the newest commit, or name one that the repository's page shows.",
    )


def git_failed(said: str) -> CannotExecute:
    """Return the error for a clone that could not be made."""
    return CannotExecute(
        f"The project could not be cloned: {said}",
        "GitHub is slow or unreachable, or the folder for temporary files cannot be used by the command's user.",
        "Send the command again; https://www.githubstatus.com tells of outages.",
    )
