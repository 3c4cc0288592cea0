"""GET /feedback/<id>: a message, the build that it started, and the commit and the page that came of it.

Nothing is stored here. The run list says how far things are; what was kept and published is in the runs' artifacts.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from receiver.artifacts import ArtifactExpired
from receiver.authentication import require_key
from receiver.connection import LISTED_WITHIN
from receiver.context import Receiver, this_receiver
from receiver.job_ids import accepted_at
from receiver.message_replies import BuildOutcome, FollowedMessage, KeptMessage, MessageBuild, MessageRun, State
from receiver.problems import Problem, ProblemReply
from receiver.replies import Build, as_json

blueprint = Blueprint("message_by_id", __name__)


@blueprint.get("/feedback/<message_id>")
def message(message_id: str) -> Response:
    """Tell the owner what came of a message."""
    receiver = this_receiver()
    require_key(request, receiver.config.secret)
    run = find_run(receiver, message_id)
    if run is None or run.run_id is None:
        run = run or waiting_for_its_run(message_id)
        return as_json(followed(run, "queued", "GitHub has the message, and does not list its run yet."))
    return as_json(follow(receiver, run, run.run_id))


def find_run(receiver: Receiver, message_id: str) -> MessageRun | None:
    """Return the run of a message: among the newest ones, else among those of the time that its id may tell."""
    moment = accepted_at(message_id)
    found = [run for run in receiver.messages.recent() if run.message_id == message_id]
    if not found and moment:
        found = [run for run in receiver.messages.accepted_at(moment) if run.message_id == message_id]
    return found[0] if found else None


def waiting_for_its_run(message_id: str) -> MessageRun:
    """Return what is known of a message whose run is not listed yet. Raises Problem (404) for what is not new."""
    moment = accepted_at(message_id)
    if moment is None or datetime.now(UTC) - moment >= LISTED_WITHIN:
        raise unknown_message()
    return MessageRun(message_id=message_id, status="queued")


def follow(receiver: Receiver, run: MessageRun, run_id: int) -> FollowedMessage:
    """Return how far a message is. Raises GitHubRefused."""
    if run.status not in {"in_progress", "completed"}:
        return followed(run, "queued", "The message's run is queued.")
    try:
        kept = receiver.messages.kept(run.message_id, run_id)
    except ArtifactExpired:
        return followed(run, "recorded", "The message was recorded; what came of it is on the dashboard only.")
    if kept is None:
        if run.status == "completed":
            return followed(run, "not-recorded", "The run ended without recording the message; its page says why.")
        return followed(run, "recording", "The message is being recorded.")
    if not kept.build_id:
        return followed(run, "recorded", without_a_build(kept), kept)
    return with_a_build(receiver, run, kept)


def without_a_build(kept: KeptMessage) -> str:
    """Say why the message started nothing."""
    if not kept.asks_for_a_build:
        return "The message is recorded. No build was started, because it asks for none."
    return f"The message is recorded. {kept.text.rpartition(chr(10) * 2)[2]}"


def with_a_build(receiver: Receiver, run: MessageRun, kept: KeptMessage) -> FollowedMessage:
    """Return how far the build of a message is."""
    runs = receiver.recent_builds.runs_of(kept.build_id)
    if not runs:
        build = MessageBuild(build_id=kept.build_id, status="queued", conclusion=None, run_url=None)
        if run.conclusion not in {None, "success"}:
            what = "The message is recorded, but its build could not be started; the run's page says why."
            return followed(run, "recorded", what, kept)
        what = "Its build is about to start, or is older than the last hundred; then the dashboard shows it."
        return followed(run, "build-queued", what, kept, build)
    newest = runs[0]
    if newest.is_running:
        waits = newest.status != "in_progress"
        what = "Its build is queued." if waits else "Its build is running."
        return followed(run, "build-queued" if waits else "build-running", what, kept, as_build(newest))
    return ended(receiver, run, kept, newest)


def ended(receiver: Receiver, run: MessageRun, kept: KeptMessage, newest: Build) -> FollowedMessage:
    """Return what a build that is over has published."""
    try:
        outcome = receiver.runner.outcome(newest)
    except ArtifactExpired:
        outcome = None
    build = as_build(newest, outcome)
    if build.commit:
        where = f"commit {build.commit}, page {build.page}"
        seen = "" if build.is_live else " The page was not seen to serve it yet."
        return followed(run, "published", f"Published: {where}.{seen}", kept, build)
    what = f"Its build published nothing ({newest.conclusion}): {build.reason or 'its run page says why'}"
    return followed(run, "not-published", what, kept, build)


def as_build(build: Build, outcome: BuildOutcome | None = None) -> MessageBuild:
    """Return a build as the reply shows it."""
    about = outcome.model_dump() if outcome else {}
    return MessageBuild(
        build_id=build.build_id, status=build.status, conclusion=build.conclusion, run_url=build.run_url, **about
    )


def followed(
    run: MessageRun, state: State, note: str, kept: KeptMessage | None = None, build: MessageBuild | None = None
) -> FollowedMessage:
    """Return the reply."""
    about = kept.model_dump(exclude={"id", "build_id"}) if kept else {}
    return FollowedMessage(**run.model_dump(), **about, state=state, note=note, build=build)


def unknown_message() -> Problem:
    """404."""
    reply = ProblemReply(
        error="unknown-message",
        message="GitHub's list of the last hundred runs has no such message.",
        cause="It was accepted a moment ago and its run is not listed yet, it is older, or the id has a typing error.",
        next_step="Ask again in ten seconds; older messages are on the dashboard.",
    )
    return Problem(404, reply)
