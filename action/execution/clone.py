"""A fresh clone of a public project, made as the command's own user, without a credential."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from action.errors import CannotExecute, NoSuchProject
from action.execution.workplace import Workplace, process_options
from action.github.git import environment
from action.github.refusals import ABSENT
from receiver.task.project import BUILD_NOTE

SECONDS_FOR_GIT = 60.0  # three attempts and the longest command fit in the job's time
PAUSES = (1.0, 2.0)
NO_SUCH_REF = ("find remote ref", "not our ref", "unadvertised object")


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
