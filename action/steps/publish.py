"""`python -m action publish`: from the bundle to one commit in the target repository."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from github import Github

from action.console import Console
from action.deadline import Deadline, at_most
from action.errors import BundleInvalid, CannotPush, FilesRefused, SecretFound, StepHung, UserError
from action.gates.private_values import private_values, texts_of
from action.github.git import BUILD_FILE, Git, TipMoved, Trailers, read_note
from action.github.pages import Pages, Signpost
from action.github.repositories import BuildInRepository, Target, Targets
from action.github.target_api import GitHub, connect, reachable
from action.job.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.job.settings import (
    SECONDS_BETWEEN_WRITES,
    GithubToken,
    SecondsBetweenWrites,
    Settings,
    StudentSecret,
    TargetToken,
)
from action.record import PAGES_WORKFLOW, BuildRecord, Publication
from action.site import bundle
from action.site.bundle import Bundle
from action.site.content import (
    Content,
    attached_names,
    plain_page,
    reason_for_people,
    unchanged_page,
    with_ours,
    written_content,
)
from action.site.description import commit_title, description_of
from action.site.workflows import own_workflows, publishing_workflow
from receiver.task import BuildRequest


class PublishSettings(Settings):
    """The publishing token, and no model key."""

    student_secret: StudentSecret
    github_token: GithubToken = ""
    target_token: TargetToken
    seconds_between_writes: SecondsBetweenWrites = SECONDS_BETWEEN_WRITES


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    settings = PublishSettings.from_environ(environ)
    job = Job(settings.runner, console)
    request = job.request(settings.student_secret, settings.github_token)
    record = job.new_record(request, settings.student_secret)
    shutil.rmtree(settings.runner.clone, ignore_errors=True)
    take_over(record, job, request)
    deadline = time_for(settings.runner, request.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    with job.phase(record, "publish", "Publish one commit", deadline) as shown, reachable():
        publisher = make_publisher(settings, request, environ, console, deadline)
        try:
            record.publication = publisher.publish(request, lambda: read_bundle(job, request))
        finally:
            for problem in publisher.problems:
                record.add_failure("publish", problem)
        if publisher.is_other_candidate:  # what was written and checked in this run is not what is published
            record.generation = record.contract = None
        shown.verdict = verdict(record.publication)
    job.output_publication(record)


def take_over(record: BuildRecord, job: Job, request: BuildRequest) -> None:
    """Continue the record of the generating job, if it left one."""
    try:
        earlier = bundle.read_record(job.runner.bundle, request)
    except BundleInvalid:
        return
    record.phases, record.failures = earlier.phases, earlier.failures
    record.generation, record.contract = earlier.generation, earlier.contract


def read_bundle(job: Job, request: BuildRequest) -> Bundle:
    """Read the bundle; in a workflow of one's own, the digest can come from the record of the same job."""
    return bundle.read(job.runner.bundle, request, job.runner.digest)


def make_publisher(
    settings: PublishSettings, request: BuildRequest, environ: Mapping[str, str], console: Console, deadline: Deadline
) -> Publisher:
    """Return the phase with real doors."""
    github = GitHub(connect_to(settings, deadline), deadline)

    def open_git(target: Target) -> Git:
        url = f"{settings.runner.server_url}/{target.full_name}.git"
        return Git(settings.runner.clone, url, target.branch, settings.target_token, environ)

    return Publisher(
        targets=Targets(github, settings.runner.target_owner, request.project),
        pages=Pages(github),
        signpost=Signpost(GitHub(connect_to(settings, deadline, is_patient=False), deadline)),
        open_git=open_git,
        console=console,
        server_url=settings.runner.server_url,
        private=private_values(request, settings.student_secret),
    )


def connect_to(settings: PublishSettings, deadline: Deadline, *, is_patient: bool = True) -> Github:
    """Return GitHub's API with the publishing token."""
    return connect(
        settings.target_token,
        api_url=settings.runner.api_url,
        seconds_between_writes=settings.seconds_between_writes,
        deadline=deadline,
        is_patient=is_patient,
    )


def verdict(publication: Publication) -> str:
    """Return the line below the group."""
    commit = f"{publication.repo_url}/commit/{publication.commit_sha}"
    if publication.was_published_before:
        return f"already published: {commit}"
    what = "the plain page" if publication.is_fallback else f"{publication.files} files"
    return f"{what}: {commit}"


SECONDS_FOR_READING = 60.0  # the bundle, with its secret scan: 100 MB take a few


class TargetsDoor(Protocol):
    """Finds and creates target repositories."""

    @property
    def owner(self) -> str: ...

    def check_token(self) -> None: ...

    def find_or_create(self, task: str, task_key: str, round_number: int, build: BuildInRepository) -> Target: ...


class PagesDoor(Protocol):
    """Switches Pages on."""

    def enable_pages(self, full_name: str) -> str: ...


class SignpostDoor(Protocol):
    """Leads from a repository to its page."""

    def lead_to(self, full_name: str, pages_url: str) -> None: ...


class GitDoor(Protocol):
    """Commits and pushes."""

    def fetch(self) -> None: ...

    def tip(self) -> str | None: ...

    def commit_of(self, build_id: str) -> str | None: ...

    def files(self, commit: str) -> dict[str, str]: ...

    def read(self, commit: str, path: str) -> bytes | None: ...

    def put(self, message: str, files: Mapping[str, bytes], removed: Iterable[str] = ()) -> str: ...


@dataclass
class Publisher:
    """The doors of this phase. `private` are values that must never be in a file. `problems` are for the record.

    `is_other_candidate`: the commit was made before, and not from the bundle of this run.
    """

    targets: TargetsDoor
    pages: PagesDoor
    signpost: SignpostDoor
    open_git: Callable[[Target], GitDoor]
    console: Console
    server_url: str
    private: tuple[str, ...] = field(default=(), repr=False)
    problems: list[UserError] = field(default_factory=list)
    is_other_candidate: bool = False

    def publish(self, request: BuildRequest, read_bundle: Callable[[], Bundle]) -> Publication:
        """Publish a build, or find that it is published already. Raises UserError."""
        self.targets.check_token()
        task = request.task
        description = description_of(task.brief, task.task, self.private)
        build = BuildInRepository(request.build_id, request.received_at, description)
        target = self.targets.find_or_create(task.task, request.task_key, task.round, build)
        pages_url = self.pages.enable_pages(target.full_name)
        git = self.open_git(target)
        git.fetch()
        publication = Publication(
            repository=target.full_name,
            repo_url=f"{self.server_url}/{target.full_name}",
            branch=target.branch,
            pages_url=pages_url,
            commit_sha="",
            is_new_repository=target.is_new,
        )
        if target.is_first_round_missing:
            publication.notes.append("No repository of an earlier round was found, so this round has a new one.")
        if commit := git.commit_of(request.build_id) or target.commit_sha:
            self.found(publication, commit, request, read_bundle, git)
        else:
            self.push(publication, request, self.content(request, read_bundle, git), git)
        note_workflows(publication, git)
        self.lead_to_page(publication)
        return publication

    def lead_to_page(self, publication: Publication) -> None:
        """Make the page easy to find from the repository. Without that, it is published all the same."""
        try:
            self.signpost.lead_to(publication.repository, publication.pages_url)
        except UserError as error:
            self.console.warning(f"The repository does not lead to its page: {error}")
            publication.notes.append("The repository's homepage or topics could not be set.")

    def found(
        self,
        publication: Publication,
        commit: str,
        request: BuildRequest,
        read_bundle: Callable[[], Bundle],
        git: GitDoor,
    ) -> None:
        """Describe a build that was published before. Only files take the place of a plain page at the tip."""
        note, tip, content = (
            read_note(git.read(commit, BUILD_FILE)),
            git.tip(),
            self.candidate(request, read_bundle, git),
        )
        is_plain = note.get("degraded") is True
        can_replace = is_plain and commit == tip and content is not None and not content.reason
        if can_replace and content and self.replace(publication, request, content, git):
            return
        publication.commit_sha = commit
        publication.was_published_before = True
        publication.is_fallback = is_plain
        publication.superseded_by = tip if tip != commit else None
        self.is_other_candidate = not (content and content.digest and content.digest == note.get("bundle"))
        self.console.line(f"commit {commit[:10]} of this build is there already; nothing is pushed")

    def replace(self, publication: Publication, request: BuildRequest, content: Content, git: GitDoor) -> bool:
        """Push files on top of a plain page, unless GitHub refuses them: then that page stays."""
        try:
            publication.commit_sha = self.put(publication, request, content, git)
        except (SecretFound, FilesRefused) as error:
            self.problems.append(error)
            self.console.report(error, degraded=True)
            return False
        measure(publication, content)
        publication.notes.append("The plain page that this build had before is replaced.")
        return True

    def candidate(self, request: BuildRequest, read_bundle: Callable[[], Bundle], git: GitDoor) -> Content | None:
        """Return the files that this run brings, if it brings any that may be published."""
        try:
            with at_most(SECONDS_FOR_READING, "Reading the files"):
                return self.written(request, read_bundle(), git)
        except (BundleInvalid, SecretFound, StepHung):
            return None

    def push(self, publication: Publication, request: BuildRequest, content: Content, git: GitDoor) -> None:
        """Make the one commit. What a gate refuses is not published; the plain page is."""
        try:
            publication.commit_sha = self.put(publication, request, content, git)
        except (SecretFound, FilesRefused) as error:
            content = self.plain(request, git, error)
            publication.commit_sha = self.put(publication, request, content, git)
        measure(publication, content)

    def content(self, request: BuildRequest, read_bundle: Callable[[], Bundle], git: GitDoor) -> Content:
        """Return the files of the bundle when they pass the gates, else the plain page."""
        try:
            with at_most(SECONDS_FOR_READING, "Reading the files"):
                return self.written(request, read_bundle(), git)
        except (BundleInvalid, SecretFound, StepHung) as error:
            return self.plain(request, git, error)

    def written(self, request: BuildRequest, bundle: Bundle, git: GitDoor) -> Content:
        """Return the files of a bundle. Raises SecretFound."""
        try:
            return written_content(request, bundle, self.targets.owner, self.private)
        except SecretFound:
            before = files_at_tip(git)
            return written_content(request, bundle, self.targets.owner, self.private, texts_of(before))

    def plain(self, request: BuildRequest, git: GitDoor, error: UserError) -> Content:
        """Return what is published when there are no files: in a later round, the page of the last one stays.

        A change that a message asked for needs no commit that says that nothing changed: it fails. Raises UserError.
        """
        if request.revision:
            raise error
        self.problems.append(error)
        self.console.report(error, degraded=True)
        reason, tip = reason_for_people(error), git.tip()
        if tip and "index.html" in git.files(tip):
            return unchanged_page(request, reason, git.read(tip, "README.md"))
        return plain_page(request, reason, self.targets.owner, self.private)

    def put(self, publication: Publication, request: BuildRequest, content: Content, git: GitDoor) -> str:
        """Commit and push the content, with the workflow that deploys it and the note about the build."""
        trailers = trailers_for(request)
        publishing = publishing_workflow(workflows_after(content, git), publication.branch)
        files = with_ours(
            content,
            publication.branch,
            trailers,
            attached_names(request),
            publishes_itself=bool(publishing),
            pages_url="" if request.restore else publication.pages_url,
        )
        is_kept = bool(content.reason) and "index.html" not in content.files
        title = commit_title(request, content, self.private, is_kept=is_kept)
        removed = [*content.removed, PAGES_WORKFLOW] if publishing else content.removed
        try:
            return git.put(trailers.message(title), files, removed)
        except TipMoved:
            raise CannotPush(
                "The branch of the target repository moved each time the commit was pushed.",
                "something else pushes to that repository all the time.",
                "Stop it, then run the build again with 'Re-run failed jobs'.",
            ) from None


def files_at_tip(git: GitDoor) -> dict[str, bytes]:
    """Return the files that are published now."""
    tip = git.tip()
    return {path: git.read(tip, path) or b"" for path in git.files(tip)} if tip else {}


def trailers_for(request: BuildRequest) -> Trailers:
    """Return what the commit says about the build. A restore does not count as a revision."""
    revision = "" if request.restore else request.revision
    return Trailers(request.build_id, request.task_key, request.task.round, revision, request.restore)


def measure(publication: Publication, content: Content) -> None:
    """Say what was pushed, and why it is only a plain page."""
    publication.is_fallback = bool(content.reason)
    publication.files = len(content.files)
    publication.bytes = sum(len(body) for body in content.files.values())
    if content.reason:
        publication.notes.append(content.reason)


def workflows_after(content: Content, git: GitDoor) -> dict[str, bytes]:
    """Return the workflow files of the site's own that the branch has after this commit."""
    tip = git.tip()
    before = {path: git.read(tip, path) or b"" for path in own_workflows(git.files(tip))} if tip else {}
    kept = {path: body for path, body in before.items() if path not in content.removed}
    return {**kept, **{path: content.files[path] for path in own_workflows(content.files)}}


def note_workflows(publication: Publication, git: GitDoor) -> None:
    """Note which workflow deploys the commit, and which others there are."""
    commit = publication.commit_sha
    files = git.files(commit)
    own = {path: git.read(commit, path) or b"" for path in own_workflows(files)}
    publication.workflows = sorted(own)
    if PAGES_WORKFLOW not in files and (publishing := publishing_workflow(own, publication.branch)):
        publication.deploying_workflow = publishing
