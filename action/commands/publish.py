"""`python -m action publish`: from the bundle to one commit in the target repository."""

import shutil
from collections.abc import Mapping

from github import Github

from action import bundle
from action.bundle import Bundle
from action.config import PublishConfig
from action.console import Console
from action.deadline import Deadline
from action.errors import BundleInvalid
from action.git import Git
from action.github_connection import GitHub, connect, reachable
from action.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.pages import Pages
from action.phases.publish import Publisher
from action.private_values import private_values
from action.record import BuildRecord, Publication
from action.signpost import Signpost
from action.target import Target, Targets
from receiver.task import BuildRequest


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = PublishConfig.from_environ(environ)
    job = Job(config.runner, console)
    request = job.request(config.student_secret, config.github_token)
    record = job.new_record(request, config.student_secret)
    shutil.rmtree(config.runner.clone, ignore_errors=True)
    take_over(record, job, request)
    deadline = time_for(config.runner, request.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    with job.phase(record, "publish", "Publish one commit", deadline) as shown, reachable():
        publisher = make_publisher(config, request, environ, console, deadline)
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
    config: PublishConfig, request: BuildRequest, environ: Mapping[str, str], console: Console, deadline: Deadline
) -> Publisher:
    """Return the phase with real doors."""
    github = GitHub(connect_to(config, deadline), deadline)

    def open_git(target: Target) -> Git:
        url = f"{config.runner.server_url}/{target.full_name}.git"
        return Git(config.runner.clone, url, target.branch, config.target_token, environ)

    return Publisher(
        targets=Targets(github, config.target_owner, request.project),
        pages=Pages(github),
        signpost=Signpost(GitHub(connect_to(config, deadline, is_patient=False), deadline)),
        open_git=open_git,
        console=console,
        server_url=config.runner.server_url,
        private=private_values(request, config.student_secret),
    )


def connect_to(config: PublishConfig, deadline: Deadline, *, is_patient: bool = True) -> Github:
    """Return GitHub's API with the publishing token."""
    return connect(
        config.target_token,
        api_url=config.runner.api_url,
        seconds_between_writes=config.seconds_between_writes,
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
