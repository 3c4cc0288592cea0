"""`python -m action publish`: from the bundle to one commit in the target repository."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from github import Github

from action.console import Console
from action.deadline import SECONDS_FOR_NOTIFY, Deadline, at_most
from action.errors import BundleInvalid, CannotBring, CannotPush, FilesRefused, SecretFound, StepHung, UserError
from action.gates.private_values import private_values, texts_of
from action.github.git import BUILD_FILE, Git, Trailers, read_note
from action.github.pages import Pages, Signpost
from action.github.refusals import TipMoved
from action.github.repositories import BuildInRepository, Target, Targets
from action.github.target_api import GitHub, connect, reachable
from action.job.job import Job, time_for
from action.job.settings import (
    SECONDS_BETWEEN_WRITES,
    GithubToken,
    PublishingSettings,
    SecondsBetweenWrites,
    StudentSecret,
    TargetToken,
)
from action.record import PAGES_WORKFLOW, BuildRecord, Publication
from action.site import bundle
from action.site.bundle import Bundle
from action.site.commit_title import commit_title
from action.site.content import (
    Content,
    attached_names,
    plain_page,
    reason_for_people,
    unchanged_page,
    with_ours,
    written_content,
)
from action.site.description import description_of
from action.site.workflows import own_workflows, publishing_workflow
from receiver.task import BuildRequest

SECONDS_FOR_READING = 60.0  # the bundle, with its secret scan: 100 MB take a few


class PublishSettings(PublishingSettings):
    """The publishing token, and no model key."""

    student_secret: StudentSecret
    github_token: GithubToken = ""
    target_token: TargetToken
    seconds_between_writes: SecondsBetweenWrites = SECONDS_BETWEEN_WRITES


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = PublishSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    request = job.request(settings.student_secret, settings.github_token)
    record = job.new_record(request, settings.student_secret)
    shutil.rmtree(runner.clone, ignore_errors=True)
    take_over(record, job, request)
    deadline = time_for(runner, request.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300, is_vital=True)
    if request.dry_run:
        with job.step(record, "publish", "Look at the files, and publish nothing", deadline) as shown:
            private = private_values(request, settings.student_secret)
            content = written_content(
                request, bundle.read(runner.bundle, request, runner.digest), runner.target_owner, private
            )
            shown.verdict = f"a dry run: {len(content.files)} files pass the gates, and nothing is published"
        return
    with job.step(record, "publish", "Publish one commit", deadline) as shown, reachable():
        tools = open_tools(settings, request, environ, console, deadline)
        # In a workflow of one's own, the digest can come from the record of the same job.
        published = publish(request, record, tools, lambda: bundle.read(runner.bundle, request, runner.digest))
        record.publication = published
        shown.verdict = verdict(published)
    job.output_publication(record)


def take_over(record: BuildRecord, job: Job, request: BuildRequest) -> None:
    """Continue the record of the generating job, if it left one."""
    try:
        earlier = bundle.read_record(job.runner.bundle, request)
    except BundleInvalid:
        return
    record.phases, record.failures = earlier.phases, earlier.failures
    record.generation, record.contract = earlier.generation, earlier.contract


@dataclass(frozen=True)
class Tools:
    """`signpost` leads from the repository to its page. `private` are values that must never be in a file."""

    targets: Targets
    pages: Pages
    signpost: Signpost
    open_git: Callable[[Target], Git]
    console: Console
    server_url: str
    private: tuple[str, ...] = field(default=(), repr=False)


def open_tools(
    settings: PublishSettings, request: BuildRequest, environ: Mapping[str, str], console: Console, deadline: Deadline
) -> Tools:
    """Open what the work needs: GitHub's API with the publishing token, and git."""
    runner, token = settings.runner, settings.target_token

    def connection(*, is_patient: bool = True) -> Github:
        pause = settings.seconds_between_writes
        return connect(
            token, api_url=runner.api_url, seconds_between_writes=pause, deadline=deadline, is_patient=is_patient
        )

    github = GitHub(connection(), deadline)
    return Tools(
        targets=Targets(github, runner.target_owner, request.project),
        pages=Pages(github),
        signpost=Signpost(GitHub(connection(is_patient=False), deadline)),
        open_git=lambda target: Git(
            runner.clone, f"{runner.server_url}/{target.full_name}.git", target.branch, token, environ
        ),
        console=console,
        server_url=runner.server_url,
        private=private_values(request, settings.student_secret),
    )


def publish(request: BuildRequest, record: BuildRecord, tools: Tools, read_bundle: Callable[[], Bundle]) -> Publication:
    """Publish a build, or find that it is published already. What went wrong is in the record. Raises UserError."""
    task = request.task
    token = tools.targets.check_token()
    record.token_expires_at = token.expires_at
    if warning := token.warning(datetime.now(UTC)):
        tools.console.report(warning, degraded=True)
    description = description_of(task.brief, task.task, tools.private)
    ready = read_bundle if request.upload else None
    build = BuildInRepository(request.build_id, request.received_at, description, ready)
    target = tools.targets.find_or_create(task.task, request.task_key, task.round, build)
    publication = Publication(
        repository=target.full_name,
        repo_url=f"{tools.server_url}/{target.full_name}",
        branch=target.branch,
        pages_url=tools.pages.enable_pages(target.full_name, is_new=target.is_new),
        commit_sha="",
        is_new_repository=target.is_new,
    )
    if target.is_first_round_missing:
        publication.notes.append("No repository of an earlier round was found, so this round has a new one.")
    if target.was_called:
        publication.notes.append(f"The repository {target.was_called} was renamed; it is {target.full_name} now.")
        tools.console.warning(publication.notes[-1])
    git = tools.open_git(target)
    git.fetch()
    committer = Committer(request, record, tools, git, publication)
    written = committer.written(read_bundle)
    if earlier := git.commit_of(request.build_id) or target.commit_sha:
        committer.replace_or_keep(earlier, written)
    else:
        if request.upload and not target.is_new:
            require_project(request, request.upload.base, git)
        committer.push(written)
    note_workflows(publication, git)
    try:  # without that, it is published all the same
        tools.signpost.lead_to(publication.repository, publication.pages_url)
    except UserError as error:
        tools.console.warning(f"The repository does not lead to its page: {error}")
        publication.notes.append("The repository's homepage or topics could not be set.")
    return publication


@dataclass(frozen=True)
class Committer:
    """Brings the files of one build into its repository, and says in `publication` and `record` what came of it."""

    request: BuildRequest
    record: BuildRecord
    tools: Tools
    git: Git
    publication: Publication

    def written(self, read_bundle: Callable[[], Bundle]) -> Content | UserError:
        """Return the files of the bundle when they pass the gates, else why they do not."""
        owner, private = self.tools.targets.owner, self.tools.private
        try:
            with at_most(SECONDS_FOR_READING, "Reading the files"):
                made = read_bundle()
                try:
                    return written_content(self.request, made, owner, private)
                except SecretFound:  # what is public already may stay
                    tip = self.git.tip()
                    before = self.git.contents(tip) if tip else {}
                    return written_content(self.request, made, owner, private, texts_of(before))
        except (BundleInvalid, SecretFound, StepHung) as error:
            return error

    def push(self, written: Content | UserError) -> None:
        """Make the one commit. What a gate refuses is not published; the plain page is."""
        content = self.plain(written) if isinstance(written, UserError) else written
        try:
            self.put(content)
        except (SecretFound, FilesRefused) as error:
            self.put(self.plain(error))

    def replace_or_keep(self, commit: str, written: Content | UserError) -> None:
        """Describe a build that was published before. Only files take the place of a plain page at the tip."""
        note, tip, publication = read_note(self.git.read(commit, BUILD_FILE)), self.git.tip(), self.publication
        content = None if isinstance(written, UserError) else written
        is_plain = note.get("degraded") is True
        if is_plain and commit == tip and content and not content.reason:
            try:
                self.put(content)
            except (SecretFound, FilesRefused) as error:  # then that page stays
                self.note(error)
            else:
                publication.notes.append("The plain page that this build had before is replaced.")
                return
        publication.commit_sha = commit
        publication.was_published_before = True
        publication.is_fallback = is_plain
        publication.superseded_by = tip if tip != commit else None
        if not (content and content.digest and content.digest == note.get("bundle")):
            self.record.generation = self.record.contract = None  # what this run wrote is not what is published
        self.tools.console.line(f"commit {commit[:10]} of this build is there already; nothing is pushed")

    def plain(self, error: UserError) -> Content:
        """Return what is published when there are no files: in a later round, the page of the last one stays.

        A change that somebody asked for needs no commit that says that nothing changed: it fails. Raises UserError.
        """
        if self.request.is_asked_for:
            raise error
        self.note(error)
        reason, tip = reason_for_people(error), self.git.tip()
        if tip and "index.html" in self.git.files(tip):
            return unchanged_page(self.request, reason, self.git.read(tip, "README.md"))
        return plain_page(self.request, reason, self.tools.targets.owner, self.tools.private)

    def note(self, error: UserError) -> None:
        """Say that something else than the written files is published."""
        self.record.add_failure("publish", error)
        self.tools.console.report(error, degraded=True)

    def put(self, content: Content) -> None:
        """Commit and push the content, with the workflow that deploys it and the note about the build."""
        request, branch = self.request, self.publication.branch
        trailers = Trailers.of(self.record)
        publishing = publishing_workflow(self.workflows_after(content), branch)
        files = with_ours(
            content,
            branch,
            trailers,
            attached_names(request),
            publishes_itself=bool(publishing),
            pages_url="" if request.restore or request.upload else self.publication.pages_url,
        )
        is_kept = bool(content.reason) and "index.html" not in content.files
        title = commit_title(request, content, self.tools.private, is_kept=is_kept)
        removed = [*content.removed, PAGES_WORKFLOW] if publishing else content.removed
        try:
            message, has_base = trailers.message(title), bool(request.upload and request.upload.base)
            self.publication.commit_sha = self.git.put(message, files, removed, is_patient=not has_base)
        except TipMoved:
            raise CannotPush(
                "The branch of the target repository moved each time the commit was pushed.",
                "something else pushes to that repository all the time.",
                "Stop it, then run the build again with 'Re-run failed jobs'.",
            ) from None
        self.publication.is_fallback = bool(content.reason)
        self.publication.files = len(content.files)
        self.publication.bytes = sum(len(body) for body in content.files.values())
        self.publication.notes += [content.reason] if content.reason else []

    def workflows_after(self, content: Content) -> dict[str, bytes]:
        """Return the workflow files of the site's own that the branch has after this commit."""
        tip = self.git.tip()
        before = self.git.contents(tip, own_workflows) if tip else {}
        kept = {path: body for path, body in before.items() if path not in content.removed}
        return {**kept, **{path: content.files[path] for path in own_workflows(content.files)}}


def require_project(request: BuildRequest, base: str, git: Git) -> None:
    """Raise CannotBring when files were brought to a repository that is not ours, or that is not at their base."""
    tip = git.tip()
    note = read_note(git.read(tip, BUILD_FILE) if tip else None)
    if note.get("task_key") != request.task_key:
        raise CannotBring(
            f"Nothing is written to the repository {request.project}: Pagewright did not publish it.",
            "it was there before under this name, or another task has built in it since.",
            "Bring the files to a project of another name.",
        )
    if base and tip != base:
        raise CannotBring(
            f"The project is not at commit {base[:10]} any more, for which the files were made.",
            "somebody changed it in the meantime.",
            "Look at the newest version, put both together, and bring the files with its commit as base.",
        )


def note_workflows(publication: Publication, git: Git) -> None:
    """Note which workflow deploys the commit, and which others there are."""
    commit = publication.commit_sha
    own = git.contents(commit, own_workflows)
    publication.workflows = sorted(own)
    if PAGES_WORKFLOW not in git.files(commit) and (publishing := publishing_workflow(own, publication.branch)):
        publication.deploying_workflow = publishing


def verdict(publication: Publication) -> str:
    """Return the line below the group."""
    commit = f"{publication.repo_url}/commit/{publication.commit_sha}"
    if publication.was_published_before:
        return f"already published: {commit}"
    what = "the plain page" if publication.is_fallback else f"{publication.files} files"
    return f"{what}: {commit}"
