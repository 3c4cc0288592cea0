"""GET /feedback/<id>: a message, the build that it started, and the commit and the page that came of it.

Nothing is stored here. The run list says how far things are; what was kept and published is in the runs' artifacts.
"""

from flask import Blueprint, Response

from api.artifacts import ArtifactExpired
from api.context import Api, this_api
from api.errors import UNKNOWN_MESSAGE
from api.ids import is_new
from api.message_replies import FollowedMessage, KeptMessage, MessageBuild, MessageRun, State
from receiver.auth import require
from receiver.errors import Problem
from receiver.models import Build, BuildOutcome, as_json
from receiver.openapi import KEY, Answer, Operation

WHAT = "The message, and the build that it started with commit and page, as far as they are."

blueprint = Blueprint("message_by_id", __name__)


@blueprint.get("/feedback/<message_id>")
@Operation("What came of a message", {200: Answer(WHAT, (FollowedMessage,))}, (401, 404, 503), security=KEY)
def message(message_id: str) -> Response:
    """Tell the owner what came of a message."""
    api = this_api()
    require("read")
    run = api.messages.find(message_id, api.messages.recent())
    if run is None and not is_new(message_id):
        raise Problem(UNKNOWN_MESSAGE)
    if run is None or run.run_id is None:
        run = run or MessageRun(message_id=message_id, status="queued")
        return as_json(followed(run, "queued", "GitHub has the message, and does not list its run yet."))
    return as_json(follow(api, run, run.run_id))


def follow(api: Api, run: MessageRun, run_id: int) -> FollowedMessage:
    """Return how far a message is. Raises GitHubRefused."""
    if run.status not in {"in_progress", "completed"}:
        return followed(run, "queued", "The message's run is queued.")
    try:
        kept = api.messages.kept(run.message_id, run_id)
    except ArtifactExpired:
        return followed(run, "recorded", "The message was recorded; what came of it is on the dashboard only.")
    if kept is None:
        if run.status == "completed":
            return followed(run, "not-recorded", "The run ended without recording the message; its page says why.")
        return followed(run, "recording", "The message is being recorded.")
    if not kept.build_id:
        return followed(run, "recorded", without_a_build(kept), kept)
    return with_a_build(api, run, kept)


def without_a_build(kept: KeptMessage) -> str:
    """Say why the message started nothing."""
    if not kept.asks_for_a_build:
        return "The message is recorded. No build was started, because it asks for none."
    return f"The message is recorded. {kept.text.rpartition(chr(10) * 2)[2]}"


def with_a_build(api: Api, run: MessageRun, kept: KeptMessage) -> FollowedMessage:
    """Return how far the build of a message is."""
    runs = api.door.recent_builds.runs_of(kept.build_id)
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
    return ended(api, run, kept, newest)


def ended(api: Api, run: MessageRun, kept: KeptMessage, newest: Build) -> FollowedMessage:
    """Return what a build that is over has published."""
    try:
        outcome = api.messages.outcome(newest)
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
    about = kept.model_dump(exclude={"id", "build_id", "state"}) | {"lifecycle": kept.state} if kept else {}
    return FollowedMessage(**run.model_dump(), **about, state=state, note=note, build=build)
