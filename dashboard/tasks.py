"""Everything about one task, put together from its folder in the ledger."""

from datetime import datetime
from typing import Any

from action.ledger.models import Message, Version, lifecycle_of
from action.record import Publication, Subject
from dashboard.builds import builds_of, latest_publication, newest_of
from dashboard.ledger import TaskFolder
from dashboard.said import averages_of, logs_of, results_of, runs_of
from dashboard.settings import Config
from dashboard.task_document import Build, CodeVersion, LatestResult, Result, Score, TaskDocument
from dashboard.timeline import timeline

NO_TITLE = "Without a description"


def document_of(folder: TaskFolder, config: Config) -> TaskDocument | None:
    """Return the document of a task; None when nothing about it could be read."""
    builds = builds_of(folder.builds, folder.key, config.prices)
    versions = sorted(folder.versions, key=lambda version: (version.committed_at, version.sha))
    messages = timeline(folder.messages, builds, versions, config.server_url)
    times = [build.ended_at for build in builds] + [each.at for each in messages]
    times += [version.committed_at for version in versions]
    times += [command.at for command in folder.commands]
    if not times:
        return None
    newest = newest_build(builds)
    hidden = {message.hides for message in folder.messages if message.hides}
    shown = in_order([version_of(version, builds, config.server_url, hidden) for version in versions])
    results, runs = results_of(folder.messages, shown), runs_of(folder.commands)
    return TaskDocument(
        key=folder.key,
        **naming(folder, builds, config.server_url),
        **judged(newest),
        lifecycle=lifecycle_of(folder.messages),
        is_awaited=any(build.records[-1].wants_callback for build in builds),
        is_delivered=bool(newest and newest.is_delivered),
        rounds=max((build.round for build in builds), default=0),
        **score(newest),
        created_at=created_at(builds, times),
        updated_at=max(times),
        build_count=len(builds),
        message_count=len(messages),
        version_count=len(versions),
        result_count=len(results),
        run_count=len(runs),
        latest=latest_of(builds, results),
        builds=builds,
        messages=messages,
        versions=shown,
        results=results,
        averages=averages_of(results),
        runs=runs,
        logs=logs_of(folder.messages, runs),
    )


def newest_build(builds: list[Build]) -> Build | None:
    """Return the build that says how a task is doing: a dry run does where there was no other."""
    return next((build for build in reversed(builds) if build.status != "dry_run"), builds[-1] if builds else None)


def created_at(builds: list[Build], times: list[datetime]) -> datetime:
    """Return the first time: a revision's commit may be older than its build, but not older than the task."""
    return min([*times, *(build.received_at for build in builds)])


def naming(folder: TaskFolder, builds: list[Build], web: str) -> dict[str, str]:
    """Return what the task is called and where it is, as the newest records that know it say.

    A revision is asked for in other words and by nobody who waits: the task keeps the title and recipient of its round.
    """
    subject, publication = newest_subject(builds), newest_publication(builds)
    named = [version.project for version in folder.versions] + [message.project for message in folder.messages]
    named += [command.project for command in folder.commands]
    project = (publication.repository if publication else "") or next(filter(None, named), "")
    return {
        "task": subject.task or project.partition("/")[2] or folder.key,
        "title": title_in(folder.messages) or subject.title or NO_TITLE,
        "recipient": subject.recipient,
        "project": project,
        "repo_url": (publication.repo_url if publication else "") or (f"{web}/{project}" if project else ""),
        "pages_url": publication.pages_url if publication else "",
    }


def title_in(messages: list[Message]) -> str:
    """Return what the newest message that says it calls the task."""
    said = [message for message in messages if message.title]
    return max(said, key=lambda message: (message.at, message.id)).title if said else ""


def newest_subject(builds: list[Build]) -> Subject:
    """Return the newest subject of a round; that of a revision where nothing else is known."""
    rounds_last = sorted(builds, key=lambda build: not (build.revision or build.brought))
    return newest_of(record.subject for build in rounds_last for record in build.records) or Subject()


def newest_publication(builds: list[Build]) -> Publication | None:
    """Return the newest publication of all builds."""
    return next((found for build in reversed(builds) if (found := latest_publication(build.records))), None)


def score(build: Build | None) -> dict[str, Any]:
    """Return the score of a build."""
    return build.model_dump(include=set(Score.model_fields)) if build else {}


def judged(build: Build | None) -> dict[str, Any]:
    """Return what a build is called; without one, the task waits."""
    if build is None:
        return {"status": "waiting", "state": "waiting", "headline": "Waiting", "tone": "idle"}
    return build.model_dump(include={"status", "state", "headline", "tone"})


def latest_of(builds: list[Build], results: list[Result]) -> LatestResult | None:
    """Return the newest build in a few words, and the newest result that somebody sent."""
    newest, result = newest_build(builds), results[-1] if results else None
    if newest is None and result is None:
        return None
    publication = latest_publication(newest.records) if newest else None
    return LatestResult(
        build_id=newest.build_id if newest else "",
        round=newest.round if newest else 0,
        **judged(newest),
        commit_sha=newest.commit_sha if newest else "",
        pages_url=publication.pages_url if publication else "",
        at=newest.ended_at if newest else results[-1].at,
        result=result,
        **score(newest),
    )


def version_of(version: Version, builds: list[Build], web: str, hidden: set[str]) -> CodeVersion:
    """Return a version with the result of the build that made it."""
    build = next((each for each in builds if each.build_id == version.build_id), None)
    return CodeVersion(
        sha=version.sha,
        parent=version.parent,
        committed_at=version.committed_at,
        subject=version.subject,
        build_id=version.build_id,
        round=version.round,
        is_ours=version.is_ours,
        url=f"{web}/{version.project}/commit/{version.sha}" if version.project else "",
        omitted=version.omitted,
        is_hidden=version.sha in hidden,
        files=version.files,
        **score(build),
    )


def in_order(versions: list[CodeVersion]) -> list[CodeVersion]:
    """Return versions with each after its parent: commits of one second have no order of their own."""
    waiting, placed, found = list(versions), set[str](), list[CodeVersion]()
    known = {version.sha for version in versions}
    while waiting:
        ready = next((each for each in waiting if each.parent not in known or each.parent in placed), waiting[0])
        waiting.remove(ready)
        placed.add(ready.sha)
        found.append(ready)
    return found
