"""What is started from outside besides builds and commands: the Generator, the Evaluator, and a build once more."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from api.errors import CANNOT_RUN_AGAIN, STILL_RUNS
from api.project_replies import JobState
from api.workflow import Workflow, WorkflowRun
from receiver.cache import Recent
from receiver.connection import Connection
from receiver.errors import Problem
from receiver.github_errors import from_status
from receiver.models import Build
from receiver.task.order import EVALUATE, MAKE_TASK, START_ID, Evaluation, SealedOrder
from receiver.task.run_title import id_in_title

SOON_S = 5
Agent = Literal["generator", "evaluator"]


class StartedRun(WorkflowRun):
    """A run of the Generator or the Evaluator."""

    start_id: str = Field(pattern=START_ID)
    agent: Agent | None = Field(description="null until GitHub lists the run")
    state: JobState
    conclusion: str | None = Field(default=None, description="success, failure, ...; null while it runs")
    run_url: str | None = Field(default=None, description="the run's page on GitHub; null until GitHub lists it")

    @property
    def about(self) -> str:
        """The id under which it was started."""
        return self.start_id


class AgentWorkflow(Workflow[StartedRun]):
    """A workflow of an agent. `word` begins the titles of its runs."""

    agent: ClassVar[Agent]
    word: ClassVar[str]
    most_recent = 30

    @classmethod
    def as_run(cls, run: dict[str, Any]) -> StartedRun | None:
        """Read a run of the run list."""
        start_id = id_in_title(cls.word, run)
        if start_id is None:
            return None
        words: dict[str, JobState] = {"completed": "completed", "in_progress": "in_progress"}
        state = words.get(run["status"], "queued")
        about = {"start_id": start_id, "conclusion": run.get("conclusion"), "run_url": run["html_url"]}
        return StartedRun(agent=cls.agent, state=state, **about)


class GeneratorWorkflow(AgentWorkflow):
    """task.yml in a runner repository."""

    agent, word, event, file = "generator", "task", MAKE_TASK, "task.yml"


class EvaluatorWorkflow(AgentWorkflow):
    """evaluate.yml in a runner repository."""

    agent, word, event, file = "evaluator", "evaluate", EVALUATE, "evaluate.yml"


class Starts:
    """Each method raises GitHubRefused."""

    def __init__(self, repository: str, connection: Connection) -> None:
        self._repository, self._connection = repository, connection
        generator, evaluator = GeneratorWorkflow(repository, connection), EvaluatorWorkflow(repository, connection)
        self._workflows: dict[type[BaseModel], AgentWorkflow] = {SealedOrder: generator, Evaluation: evaluator}
        self._recent = {each: Recent(each.recent) for each in (generator, evaluator)}

    def dispatch(self, payload: BaseModel) -> None:
        """Start the workflow that takes this. Returns only when GitHub has accepted the event."""
        self._workflows[type(payload)].dispatch(payload)

    def find(self, start_id: str) -> StartedRun | None:
        """Return the run of what was started; None for what GitHub does not list."""
        found = (each.find(start_id, recent.newest_first()) for each, recent in self._recent.items())
        return next((run for run in found if run), None)

    def again(self, build: Build) -> None:
        """Run a build again: what failed of it, or all when nothing did. Raises Problem (409) when GitHub does not."""
        is_whole = build.conclusion in {"success", "cancelled"}
        url = f"/repos/{self._repository}/actions/runs/{build.run_id}/rerun{'' if is_whole else '-failed-jobs'}"
        with self._connection.session() as session:
            status, headers, text = session.requestJson("POST", url)
        if status == 403 and "already running" in text:
            raise Problem(STILL_RUNS, retry_after_s=SOON_S)
        if status == 403 and ("cannot be retried" in text or "Unable to retry" in text):
            raise Problem(CANNOT_RUN_AGAIN)
        if status != 201:
            raise from_status("run the build again", status, headers, text)
