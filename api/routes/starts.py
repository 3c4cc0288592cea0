"""POST /tasks, /evaluate and /builds/<id>/again, GET /started/<id>: start what needs an account on GitHub otherwise."""

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, Field, field_validator

from api.context import Api, this_api
from api.errors import INVALID_REQUEST, STILL_RUNS, UNKNOWN_START
from api.ids import is_id, is_new, new_id
from api.project_request import LARGEST_BODY, ProjectId, existing_task, invalid_field, project_of
from api.starts import SOON_S, Agent, StartedRun
from receiver.auth import require, require_email
from receiver.body import read_as, read_object
from receiver.errors import UNKNOWN_BUILD, Problem
from receiver.models import BUILD_ID, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.task import BuildRequest, Task
from receiver.task.addresses import never_called
from receiver.task.order import START_ID, TEMPLATE, Evaluation, Order, SealedOrder, SentOrder
from receiver.task.request import checked_or_empty

blueprint = Blueprint("starts", __name__)


class TaskOrder(Order):
    """A task that the Generator makes: from a template, or from an idea by a model."""

    nonce: str = Field(default="", max_length=500, description="the same order with the same nonce is the same build")
    dry_run: bool = Field(default=False, strict=True, description="write and check the page, and publish nothing")

    @field_validator("evaluation_url")
    @classmethod
    def is_address(cls, value: str) -> str:
        """Refuse what no callback can be sent to."""
        return checked_or_empty(value)

    @field_validator("template")
    @classmethod
    def is_name(cls, value: str) -> str:
        """Refuse what no file is called."""
        if value and not TEMPLATE.fullmatch(value):
            raise ValueError("must be the name of a template: lower-case letters, digits and hyphens")
        return value


class EvaluationRequest(BaseModel):
    """Which pages the Evaluator looks at."""

    project: ProjectId | None = Field(default=None, description="one project; without it, the newest pages")
    revise: bool = Field(
        default=False, strict=True, description="ask for a revision where something fails that held before"
    )


class Started(BaseModel):
    """GitHub has it."""

    status: str = "accepted"
    start_id: str = Field(pattern=START_ID)
    agent: Agent
    start_url: str = Field(description="how its run is doing; ask with X-API-KEY")
    build_id: str | None = Field(default=None, description="the build that it starts, when that is known")
    task_key: str | None = None
    status_url: str | None = Field(default=None, description="how that build is doing, once it has begun")
    dashboard_url: str | None = None
    message: str


class Again(BaseModel):
    """GitHub runs a build again."""

    status: str = "accepted"
    build_id: str = Field(pattern=BUILD_ID)
    attempt: int = Field(description="of the run, counted from 1")
    run_url: str
    status_url: str
    message: str


@blueprint.post("/tasks")
@Operation(
    "Have a task made, and built",
    {202: Answer("GitHub has the order.", (Started,), headers=("Location",))},
    BODY,
    takes=TaskOrder,
    security=KEY,
)
def make_task() -> Response:
    """Authenticate, validate, seal the order, dispatch."""
    api = this_api()
    key = require("start")
    asked = read_as(TaskOrder.model_validate, read_object(request, LARGEST_BODY), INVALID_REQUEST)
    require_email(key, asked.recipient)
    if reason := asked.evaluation_url and never_called(asked.evaluation_url, api.door.config.allowed_hosts):
        raise invalid_field("evaluation_url", reason)
    about = (asked.recipient, asked.task_name, asked.round, asked.nonce)
    start_id = api.door.keys.name("order", *about) if asked.nonce else new_id()
    told = asked.model_dump() | {"nonce": asked.nonce or start_id, "sent_by": key.name}
    order = SentOrder.model_validate(told | {"task": asked.task_name})
    build = build_of(api, order)
    g.build_id, g.task_key = build.build_id, build.task_key
    api.starts.dispatch(SealedOrder.of(start_id, order, api.door.keys))
    api.door.schedules.wake()
    what = "tried, and nothing is published" if order.dry_run else "built"
    reply = Started(
        start_id=start_id,
        agent="generator",
        start_url=start_url(start_id),
        build_id=build.build_id,
        task_key=build.task_key,
        status_url=status_url(build.build_id),
        dashboard_url=api.door.config.dashboard_page(build.task_key),
        message=f"GitHub has the order; when the task is made, it is {what}.",
    )
    return as_json(reply, status=202, headers={"Location": reply.start_url})


def build_of(api: Api, order: SentOrder) -> BuildRequest:
    """Return the build that the Generator starts, as far as its ids depend on it."""
    named = {"email": order.recipient, "task": order.task, "round": order.round, "nonce": order.nonce}
    return BuildRequest.accept(Task(**named, brief="(to be made)", dry_run=order.dry_run), api.door.keys)


@blueprint.post("/evaluate")
@Operation(
    "Have the Evaluator look at live pages",
    {202: Answer("GitHub has it.", (Started,), headers=("Location",))},
    (404, *BODY),
    takes=EvaluationRequest,
    security=KEY,
)
def evaluate() -> Response:
    """Authenticate, validate, look the project up, dispatch."""
    api = this_api()
    require("start")
    asked = read_as(EvaluationRequest.model_validate, read_object(request, LARGEST_BODY), INVALID_REQUEST)
    name = project_of(api, asked.project) if asked.project else ""
    task_key = existing_task(api, name) if name else ""
    start_id = new_id()
    api.starts.dispatch(Evaluation(start_id=start_id, project=name, revise=asked.revise))
    reply = Started(
        start_id=start_id,
        agent="evaluator",
        start_url=start_url(start_id),
        task_key=task_key or None,
        dashboard_url=api.door.config.dashboard_page(task_key) if task_key else None,
        message="GitHub has it; what is found is a message on the dashboard, for each page that is looked at.",
    )
    return as_json(reply, status=202, headers={"Location": reply.start_url})


@blueprint.get("/started/<start_id>")
@Operation(
    "How the Generator or Evaluator is doing", {200: Answer("Its run.", (StartedRun,))}, (401, 404, 503), security=KEY
)
def started(start_id: str) -> Response:
    """Tell how the run of what was started is doing."""
    api = this_api()
    require("read")
    run = api.starts.find(start_id) if is_id(start_id) else None
    if run is None and not is_new(start_id):
        raise Problem(UNKNOWN_START)
    return as_json(run or StartedRun(start_id=start_id, agent=None, state="queued"))


@blueprint.post("/builds/<build_id>/again")
@Operation(
    "Run a build again",
    {202: Answer("GitHub does.", (Again,), headers=("Location",))},
    (401, 404, 409, 503),
    security=KEY,
)
def again(build_id: str) -> Response:
    """Run again what failed of a build; all of it when nothing failed. What is published already stays one commit."""
    api = this_api()
    require("start")
    runs = api.door.recent_builds.runs_of(build_id)
    if not runs:
        raise Problem(UNKNOWN_BUILD)
    newest = runs[0]
    if newest.is_running:
        raise Problem(STILL_RUNS, retry_after_s=SOON_S)
    g.build_id = build_id
    api.starts.again(newest)
    reply = Again(
        build_id=build_id,
        attempt=newest.attempt + 1,
        run_url=newest.run_url,
        status_url=status_url(build_id),
        message="GitHub runs it again. What it has published stays one commit, and its callback is sent again.",
    )
    return as_json(reply, status=202, headers={"Location": reply.status_url})


def start_url(start_id: str) -> str:
    """Return where to ask for what was started."""
    return url_for("starts.started", start_id=start_id, _external=True)


def status_url(build_id: str) -> str:
    """Return where to ask for a build."""
    return url_for("build_status.build_status", build_id=build_id, _external=True)
