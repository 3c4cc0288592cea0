"""Target repositories over PyGithub, found or created so that doing it twice changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from github import GithubException
from github.Repository import Repository

from action.errors import CannotCreateRepository, GitHubUnavailable, TokenInsufficient, UserError, missing_project
from action.github.naming import MOST_COMMITS, Messages, belongs_to, commit_of, repository_names, usual_address
from action.github.refusals import lacking
from action.github.target_api import PAUSES, AcceptedToken, GitHub, explain, is_name_taken, said

CLOCK_SKEW = timedelta(seconds=60)
MOST_NAMES = 100


@dataclass(frozen=True)
class Target:
    """A target repository. `commit_sha` is set when it already holds the build's commit.

    `was_called` is the name that we gave it, if its owner gave it another one.
    """

    full_name: str
    branch: str
    is_new: bool = False
    commit_sha: str | None = None
    is_first_round_missing: bool = False
    was_called: str = ""


class Targets:
    """`owner` is the user or the organisation that owns the target repositories.

    `only` names the repository of a build that changes a certain one: it is never created.
    """

    def __init__(self, github: GitHub, owner: str, only: str = "") -> None:
        self._github = github
        self.owner = owner
        self._only = only
        self._login = ""

    def check_token(self) -> AcceptedToken:
        """Ask who the token belongs to, before anything else. Raises TokenInsufficient for one that cannot publish."""
        try:
            user = self._github.api.get_user()
            self._login = user.login
        except GithubException as error:
            if "by integration" in said(error):  # the token of a GitHub App has no account
                self._check_owner_for_app()
                return AcceptedToken(None)
            raise explain(error, "read the account of the publishing token", "Metadata: read") from None
        token = AcceptedToken.of(user.raw_headers or {}, datetime.now(UTC))
        if missing := token.missing_scopes():
            raise lacking(f"scope {' and '.join(missing)}", "GitHub says that it has only other scopes")
        return token

    def _check_owner_for_app(self) -> None:
        """Raise TokenInsufficient unless an organisation owns the repositories: no App creates those of a person."""
        account = self._github.get(f"/users/{self.owner}")
        if account and account["type"] == "User":
            raise TokenInsufficient(
                f"A GitHub App cannot create repositories for {self.owner}, which is a personal account.",
                "GitHub lets the token of an App create repositories for organisations only.",
                "Set TARGET_OWNER to an organisation where the App is installed, or remove the variable APP_ID and use "
                "a publishing token (docs/own.md).",
            )

    def find_or_create(self, task: str, task_key: str, round_number: int, build: "BuildInRepository") -> Target:
        """Return the repository of a build: where its commit is, else where it belongs. Raises UserError."""
        existing = {name: (found, self._messages(found)) for name, found in self._existing(task, task_key)}
        ours = [(name, *found) for name, found in existing.items() if belongs_to(found[1], task_key)]
        for name, repository, messages in reversed(ours):
            if commit := commit_of(messages, build.build_id):
                return known(repository, name, commit)
        if ours:
            name, newest, messages = ours[-1]
            is_begun = is_unfinished(newest, messages, build.received_at)
            if round_number > 1 or (self._only and not (build.ready and is_begun)):
                return known(newest, name)
            if is_begun:
                return Target(newest.full_name, self._ready_branch(newest.full_name), is_new=True)
        if self._only and not build.ready:
            raise missing_project(self._only)
        if build.ready:
            build.ready()
        names = (name for name in repository_names(task, task_key) if name not in existing)
        repository = self._create(iter([self._only]) if self._only else islice(names, MOST_NAMES), build)
        branch = self._ready_branch(repository.full_name)
        return Target(repository.full_name, branch, is_new=True, is_first_round_missing=round_number > 1)

    def _existing(self, task: str, task_key: str) -> Iterator[tuple[str, Repository]]:
        """Yield the task's repositories under the names they were given, oldest first.

        One missing name is a deleted repository; two are the end.
        """
        missing = 0
        names = [self._only] if self._only else islice(repository_names(task, task_key), MOST_NAMES)
        for name in names:
            try:
                yield name, self._github.api.get_repo(f"{self.owner}/{name}")
                missing = 0
            except GithubException as error:
                if error.status != 404:
                    raise explain(error, "look for the target repository", "Metadata: read") from None
                missing += 1
                if missing == 2:
                    return

    def _messages(self, repository: Repository) -> Messages:
        """Return the ids and messages of the last hundred commits, newest first."""
        answer = self._github.get(
            f"/repos/{repository.full_name}/commits?per_page={MOST_COMMITS}", absent=frozenset({404, 409})
        )
        return [(str(entry["sha"]), str(entry["commit"]["message"])) for entry in answer or []]

    def _create(self, names: Iterator[str], build: "BuildInRepository") -> Repository:
        """Create a repository under the first free name."""
        for name in names:
            try:
                return self._create_once(name, build.description)
            except GithubException as error:
                if not is_name_taken(error):
                    raise self._refused(error, name) from None
            if adopted := self._created_by_lost_answer(name, build.received_at):
                return adopted
        if self._only:
            raise CannotCreateRepository(
                f"There is a repository {self._only} already, and it is not this project.",
                "it was there before, perhaps a private one.",
                "Bring the files to a project of another name.",
            )
        raise CannotCreateRepository(
            f"There is no free name for the target repository after {MOST_NAMES} tries.",
            "this task was built very many times.",
            "Delete old target repositories of this task.",
        )

    def _create_once(self, name: str, description: str) -> Repository:
        is_own = self.owner.lower() == self._login.lower()
        account = self._github.api.get_user() if is_own else self._github.api.get_organization(self.owner)
        homepage = usual_address(f"{self.owner}/{name}")  # saves a call; signpost.py corrects it where it is another
        return account.create_repo(
            name, description=description, homepage=homepage, private=False, auto_init=True, has_wiki=False
        )

    def _created_by_lost_answer(self, name: str, received_at: datetime) -> Repository | None:
        """PyGithub repeats a POST after a 5xx: "already exists" can be the answer to our own success."""
        try:
            repository = self._github.api.get_repo(f"{self.owner}/{name}")
        except GithubException:
            return None
        return repository if is_unfinished(repository, self._messages(repository), received_at) else None

    def _refused(self, error: GithubException, name: str) -> UserError:
        if error.status == 404:
            return TokenInsufficient(
                f"The account {self.owner} cannot get new repositories from the publishing token.",
                "TARGET_OWNER is neither the token's account nor an organisation that the token may use.",
                "Correct the variable TARGET_OWNER, or make the token with that organisation as resource owner.",
            )
        problem = explain(error, f"create the repository {name}", "Administration: write")
        if type(problem) is not GitHubUnavailable:
            return problem
        return CannotCreateRepository(problem.what, problem.cause, problem.next_step)

    def _ready_branch(self, full_name: str) -> str:
        """Wait until a new repository can be used, and return its default branch."""
        for pause in (*PAUSES, None):
            try:
                repository = self._github.api.get_repo(full_name)
                return repository.get_branch(repository.default_branch).name
            except GithubException as error:
                if error.status not in {404, 409} or pause is None or not self._github.pause(pause):
                    raise self._refused_branch(error, full_name) from None
        raise AssertionError("the loop ends by returning or raising")

    def _refused_branch(self, error: GithubException, full_name: str) -> UserError:
        problem = explain(error, f"read the new repository {full_name}", "Contents: read")
        return CannotCreateRepository(problem.what, problem.cause, problem.next_step)


@dataclass(frozen=True)
class BuildInRepository:
    """What decides which repository belongs to a build. `description` is what everybody may read.

    With `ready`, a project that is not there is made; it is called before, and raises when there is nothing for it.
    """

    build_id: str
    received_at: datetime
    description: str
    ready: Callable[[], object] | None = None


def known(repository: Repository, name: str, commit: str | None = None) -> Target:
    """Return a repository that was there before, under the name that it has now."""
    was_called = name if repository.name.lower() != name.lower() else ""
    return Target(repository.full_name, repository.default_branch, commit_sha=commit, was_called=was_called)


def is_unfinished(repository: Repository, messages: Messages, received_at: datetime) -> bool:
    """Whether a repository was created for this request, by a run that stopped before its first commit."""
    is_ours = repository.created_at >= received_at - CLOCK_SKEW
    return is_ours and not any("\nPagewright-Build: " in message for _, message in messages)
