"""The timeline of a task: what agents said, what the Coder did according to its records, and what others pushed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from action.ledger.models import Message, Version
from action.record import BuildRecord, ContractRecord, Deployment, PhaseRecord, Publication
from dashboard.task_document import Build, TimelineMessage

CODER = "coder"
SHORT = 7
STEPS = ("received", "attempts", "published", "live", "callback")  # the order of things that happened at one time


def timeline(messages: list[Message], builds: list[Build], versions: list[Version], web: str) -> list[TimelineMessage]:
    """Return everything, oldest first. `web` is the address of GitHub's pages."""
    found = [said(message) for message in messages]
    found += [step for build in builds for step in steps_of(build)]
    found += [pushed(version, web) for version in versions if not version.is_ours]
    for each in found:
        each.round = each.round or round_at(each, builds)
    return sorted(found, key=lambda each: (each.at, STEPS.index(each.kind) if each.kind in STEPS else -1, each.id))


def round_at(message: TimelineMessage, builds: list[Build]) -> int:
    """Return the round of a message: that of its build, else the one that went on when it was said."""
    own = next((build.round for build in builds if build.build_id == message.build_id), 0)
    begun = [build.round for build in builds if build.received_at <= message.at]
    return own or (begun[-1] if begun else 0)


def said(message: Message) -> TimelineMessage:
    """Return what an agent said."""
    return TimelineMessage(
        id=message.id,
        at=message.at,
        role=message.role,
        kind=message.kind,
        text=message.text,
        outcome="",
        build_id=message.build_id,
        sha=message.restore or message.hides,
        revise=message.revise,
        restore=bool(message.restore),
        hides=bool(message.hides),
        title=message.title,
        metrics=message.metrics,
        state=message.state,
        log=message.log,
        url=message.run.url if message.run else "",
    )


def pushed(version: Version, web: str) -> TimelineMessage:
    """Return a commit of somebody else."""
    return TimelineMessage(
        id=f"pushed-{version.sha[:SHORT]}",
        at=version.committed_at,
        role="visitor",
        kind="pushed",
        text=f"Pushed a commit to the repository: {version.subject or 'without a message'}",
        outcome="done",
        sha=version.sha,
        url=f"{web}/{version.project}/commit/{version.sha}" if version.project else "",
    )


def steps_of(build: Build) -> Iterator[TimelineMessage]:
    """Yield what the Coder did in a build, over all attempts at it."""
    for place, record in enumerate(build.records):
        url = record.run.url if record.run else ""
        for number, (kind, at, text, outcome, sha) in enumerate(happened(record, is_first=place == 0), start=1):
            yield TimelineMessage(
                id=f"{build.build_id}-{place + 1}-{number}",
                at=at,
                role=CODER,
                kind=kind,
                text=text,
                outcome=outcome,
                build_id=build.build_id,
                round=build.round,
                seconds=round((at - build.received_at).total_seconds(), 1),
                sha=sha,
                url=url,
            )


Step = tuple[str, datetime, str, str, str]  # kind, time, words, outcome, commit


def happened(record: BuildRecord, *, is_first: bool) -> Iterator[Step]:
    """Yield the steps that a record tells about."""
    if is_first:
        yield "received", record.received_at, received(record), "done", record.restored
    phases = {phase.name: phase for phase in record.phases}
    if record.contract and (phase := phases.get("generate")):
        yield "attempts", ended(phase), attempts(record.contract, record.brought), phase.outcome, ""
    if record.publication and (phase := phases.get("publish")):
        yield "published", ended(phase), published(record.publication), phase.outcome, record.publication.commit_sha
    if record.deployment and (phase := phases.get("deploy")):
        outcome = "done" if record.deployment.is_live else "failed"
        yield "live", ended(phase), live(record.deployment), outcome, (record.deployment.commits or [""])[-1]
    yield from answers(record)
    yield from failures(record)


def received(record: BuildRecord) -> str:
    """Say what arrived."""
    if record.restored:
        return f"Was asked to bring commit {record.restored[:SHORT]} back."
    key = f", sent with the key {record.sent_by}" if record.sent_by else ""
    if record.brought:
        return f"Received files brought by {record.brought}: {record.brief}"
    return "Was asked for a revision." if record.revision else f"Received round {record.round}{key}."


def attempts(contract: ContractRecord, brought: str = "") -> str:
    """Say how the candidates did; files that somebody brought are published however they do."""
    if brought:
        return f"Tried the files: {contract.attempts[0].headline}." if contract.attempts else "Did not try the files."
    lines = [f"{each.number}: {each.headline}{' (kept)' if each.is_kept else ''}" for each in contract.attempts]
    held = " The page stays as it was, because every candidate broke what worked." if contract.is_held_back else ""
    count = "1 attempt" if len(lines) == 1 else f"{len(lines)} attempts"
    return f"Wrote the files in {count}.{held}" + "".join(f"\n{line}" for line in lines)


def published(publication: Publication) -> str:
    """Say what was pushed where."""
    what = "The plain page" if publication.is_fallback else f"{publication.files} files"
    verb = "was already in" if publication.was_published_before else "went to"
    new = ", a new repository" if publication.is_new_repository else ""
    return f"{what} {verb} {publication.repository}{new}, as commit {publication.commit_sha[:SHORT]}."


def live(deployment: Deployment) -> str:
    """Say whether the page is served."""
    if deployment.is_live:
        tries = f", at commit {len(deployment.commits)} of this build" if len(deployment.commits) > 1 else ""
        return f"The page is live after {deployment.seconds:.0f} s{tries}."
    return f"The page is not live: {deployment.detail or 'GitHub does not say why'}."


def answers(record: BuildRecord) -> Iterator[Step]:
    """Yield the result of the callback: one step for all its attempts."""
    if not record.callbacks:
        return
    last = next((attempt for attempt in record.callbacks if attempt.delivered), record.callbacks[-1])
    count = record.callbacks.index(last) + 1
    times = f" at attempt {count}" if count > 1 else ""
    if last.delivered:
        after = (last.at - record.received_at).total_seconds()
        yield "callback", last.at, f"The callback was accepted{times}, {after:.0f} s after the request.", "done", ""
    else:
        words = next((attempt.said for attempt in reversed(record.callbacks) if attempt.said), "")
        said = f"\nThe evaluation server said: {words}" if words else ""
        yield "callback", last.at, f"The callback was not accepted{times}: {last.detail}{said}", "failed", ""


def failures(record: BuildRecord) -> Iterator[Step]:
    """Yield the failures, at the end of the phase in which they happened."""
    ends = {phase.name: ended(phase) for phase in record.phases}
    last = max(ends.values(), default=record.received_at)
    for failure in record.failures:
        text = f"{failure.what} Likely cause: {failure.cause} Next step: {failure.next_step}"
        yield "failure", ends.get(failure.phase, last), text, "failed", ""


def ended(phase: PhaseRecord) -> datetime:
    """Return when a phase was over."""
    return phase.started_at + timedelta(seconds=min(max(phase.seconds, 0.0), 1e6))
