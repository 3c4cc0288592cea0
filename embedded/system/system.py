"""The whole embedded system: its parts, and the order in which they start and stop."""

import logging
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, Self

from embedded.actions.act_command import Machine
from embedded.actions.processes import kill_leftovers
from embedded.actions.service import DEFAULT_SLOTS, Actions, machine_of
from embedded.evaluation_server import Evaluator, Journal
from embedded.evaluation_server import create_app as create_evaluator
from embedded.faults.layer import Faulty
from embedded.faults.plan import FaultPlan
from embedded.github.app import create_app as create_github
from embedded.github.core import GitHub
from embedded.github.deployments import SUCCEEDED
from embedded.github.events import Event, Events
from embedded.github.store import Store
from embedded.github.workflow_states import ACTIVE, set_state
from embedded.model.choice import ModelChoice
from embedded.model.local_model import LocalModel
from embedded.model.stand_in import StandIn
from embedded.model.wire import create_app as create_model
from embedded.model.writer import StandsAlone
from embedded.pages.app import create_app as create_pages
from embedded.system.addresses import LOCAL_HOSTS, Addresses, choose_ports
from embedded.system.bootstrap import DASHBOARD_WORKFLOW, OWNER, RUNNER, Bootstrap
from embedded.system.credentials import Credentials
from embedded.system.data_directory import DataDirectory
from embedded.system.receiver_process import ReceiverProcess
from embedded.system.working_tree import WorkingTree
from evaluator.server import Server

CHECKOUT = Path(__file__).parents[2]
SHARED_TOOLS = Path(sys.prefix) / "tool_cache"
PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "TZ", "MAX_REQUEST_MB", "GITHUB_TIMEOUT_S", "EXECUTE_WAIT_S", "WEB_CONCURRENCY"),
    *("KEYS", "LOG_FORMAT"),
)
log = logging.getLogger("embedded")


class GitIsMissing(Exception):
    """There is no git, without which there is no GitHub."""


class System:
    """GitHub, Pages, a model, an evaluation server and the receiver, on ports of this machine.

    `environ` is the environment of the program: it can bring a secret and a model of its own. `model_file` is a GGUF
    model that takes the place of `stand_in`. With `dashboard`, each build is followed by a run that collects it
    into the ledger and renders the dashboard. `faults` says what goes wrong on purpose. `slots` says how many runs of
    builds, and of what they publish, there are at a time.
    """

    slots: ClassVar[Mapping[str, int]] = DEFAULT_SLOTS

    def __init__(
        self,
        data: Path,
        environ: Mapping[str, str],
        *,
        first_port: int | None = None,
        model_file: Path | None = None,
        dashboard: bool = False,
        stand_in: StandsAlone | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        self.faults = faults or FaultPlan()
        self._stand_in = stand_in or StandIn()
        self.data = DataDirectory(data)
        self._with_dashboard = dashboard
        self._model_file = model_file
        self._running = ExitStack()
        self._running.callback(self.data.release)
        try:
            self._decide(environ, first_port)
        except BaseException:
            self.stop()
            raise

    def _decide(self, environ: Mapping[str, str], first_port: int | None) -> None:
        """Settle everything that does not change while the system is up."""
        require_git(environ)
        path = self.data.path
        self.log, self.receiver_log = path / "system.log", path / "receiver.log"
        self._environ = environ
        self.owner, self.runner = OWNER, RUNNER
        kill_leftovers(str(path / "receiver"))  # of a system that was killed: it could not end its receiver
        self.ports = choose_ports(path / "ports.json", first_port)
        self.credentials = Credentials.kept_in(path / "credentials.json")
        self.secret = environ.get("STUDENT_SECRET") or self.credentials.student_secret
        self.own = Addresses.of(self.ports, RUNNER)
        self.model = ModelChoice.from_environ(
            environ, own_url=self.own.model, own_key=self.credentials.model_key, model_file=self._model_file
        )
        self.addresses = Addresses.of(self.ports, RUNNER, self.model.url)
        self.journal = Journal(path / "evaluator")
        self.evaluator = Evaluator(
            self.journal, receiver=self.own.receiver, own_url=self.own.evaluator, secret=self.secret
        )

    def start(self) -> None:
        """Bring everything up; returns when a task can be sent."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._write_log()
        share_tools(self.data.path / "tool_cache")
        self.receiver = ReceiverProcess(CHECKOUT, self.receiver_environment(), self.ports.receiver, self.receiver_log)
        self._running.callback(self.receiver.stop)
        self.receiver.start()  # it takes a while, so the rest starts meanwhile
        self.store, events = Store(self.data.path), Events()
        self._running.callback(self.store.close)
        self.actions = Actions(self.store, self.machine(), RUNNER, self.slots, fate=self.faults.fate)
        self.faults.victims |= {"receiver": self.receiver.kill, "runner": self.actions.kill_runners}
        verify = self.actions.tokens.verify
        self.github = GitHub(
            self.store,
            events,
            self.own.web,
            self.own.pages,
            verify,
            self.actions,
            deployment_fate=self.fate_of_deployment,
        )
        events.subscribe(self.actions.on_event)
        tree = WorkingTree(CHECKOUT, self.data.path)
        Bootstrap(
            self.github,
            self.credentials,
            self.secret,
            self.model,
            tree,
            receiver_url=self.own.receiver,
            with_dashboard=self._with_dashboard,
        ).prepare()
        self._serve(create_github(self.github, self.actions.blueprints()), self.ports.github, "github")
        self._serve(create_pages(self.data.path / "pages"), self.ports.pages, "pages")
        self._serve(self._model_server(), self.ports.model, "model")
        self._serve(create_evaluator(self.evaluator), self.ports.evaluator, "evaluation")
        self._running.callback(self.actions.stop)
        self.actions.start()
        if self._with_dashboard:
            self.open_dashboard()  # so that there is a page before the first task
        self.receiver.wait_until_ready()
        self._running.callback(self.receiver.stop)  # first of all, while there still is a GitHub to dispatch to

    def stop(self) -> None:
        """End everything, the last part first. Runs that are not over go on at the next start."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def revive_receiver(self) -> None:
        """Start the receiver again when it has died, as a process manager would."""
        if self.receiver.pid is None:
            log.error("The receiver ended by itself; it is started again. Its log is %s.", self.receiver_log)
            self.receiver.start()

    def machine(self) -> Machine:
        """Return the programs that run the workflows."""
        return machine_of(self.path, self.own.web, self.own.api)

    def fate_of_deployment(self, repo: str, _sha: str) -> str:
        """Return the status in which a deployment ends."""
        return self.faults.fate(f"deployment START {repo}") or SUCCEEDED

    def start_by_hand(self, workflow: str) -> int:
        """Start a workflow of the runner repository, without inputs; return the run."""
        main = "refs/heads/main"
        sha = self.actions.files.commit_of(RUNNER, main) or ""
        payload = {"inputs": {}, "ref": main, "workflow": workflow}
        event = Event("workflow_dispatch", RUNNER, main, sha, payload, OWNER, {}, workflow)
        return self.github.events.emit(event)[0]

    def ready_line(self) -> dict[str, Any]:
        """Return what programs need to know, for one line of JSON."""
        there = self.addresses
        urls = {name: getattr(there, name) for name in ("receiver", "api", "web", "pages", "model", "evaluator")}
        rest = {"dashboard": there.dashboard, "owner": self.owner, "runner": self.runner, "secret": self.secret}
        return {"ready": True, **urls, **rest}

    @property
    def has_no_model(self) -> bool:
        """Whether the stand-in answers in place of a model."""
        return self.model.url is None

    def open_dashboard(self) -> int:
        """From now on collect each build, and first those that were; return the run that renders the first page."""
        set_state(self.store, RUNNER, DASHBOARD_WORKFLOW, ACTIVE)
        return self.start_by_hand(DASHBOARD_WORKFLOW)

    @property
    def path(self) -> str:
        """Where programs are found."""
        return self._environ.get("PATH") or os.defpath

    @property
    def git_environment(self) -> dict[str, str]:
        """An environment for git in which no configuration or password of the user takes part."""
        nothing = dict.fromkeys(("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"), os.devnull)
        return {"PATH": self.path, "GIT_TERMINAL_PROMPT": "0", **nothing}

    def receiver_environment(self) -> dict[str, str]:
        """Return what the receiver is told: the same names as on any host."""
        return {
            "GITHUB_TIMEOUT_S": "30",  # this GitHub shares a machine with its runners
            **{name: self._environ[name] for name in PASSED_ON if name in self._environ},
            "HOME": str(self.data.path / "receiver"),  # marks its processes
            "STUDENT_SECRET": self.secret,
            "GITHUB_TOKEN": self.credentials.receiver_token,
            "RUNNER_REPOSITORY": RUNNER,
            "GITHUB_API_URL": self.own.api,
            "DASHBOARD_URL": self.own.dashboard,
            "ALLOWED_HOSTS": LOCAL_HOSTS,
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def _model_server(self) -> Any:
        """Return the application on the model's port; builds with a model from the environment do not ask it."""
        writer, names = self._writer(), self.model.variables.get("GEMINI_MODEL", "")
        is_asked = self.model.url in {None, self.own.model}
        unasked = f"The builds ask the model at {self.model.url}. Nobody asks this server, but it works: "
        return create_model(writer, names.split(",")[0].strip(), ("" if is_asked else unasked) + writer.description)

    def _writer(self) -> StandsAlone:
        """Return what answers on the model's port: a model in memory when there is one, else the stand-in."""
        if self._model_file is None:
            return self._stand_in
        model = LocalModel(self._model_file, self.data.path / "model.log")
        self._running.callback(model.stop)
        return model.start()

    def _serve(self, app: Any, port: int, service: str) -> None:
        server = Server(Faulty(app, service, self.faults), port)
        self._running.callback(server.stop)
        server.start()

    def _write_log(self) -> None:
        """Let what the parts report go to a file."""
        handler = logging.FileHandler(self.log, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root = logging.getLogger("embedded")
        root.setLevel(logging.INFO)
        root.addHandler(handler)
        self._running.callback(handler.close)
        self._running.callback(root.removeHandler, handler)


def share_tools(link: Path) -> None:
    """Let all systems of this installation use the same tool cache, so that each job's packages are installed once."""
    SHARED_TOOLS.mkdir(exist_ok=True)
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(SHARED_TOOLS)


def require_git(environ: Mapping[str, str]) -> None:
    """Raise GitIsMissing when there is no git."""
    if shutil.which("git", path=environ.get("PATH")) is None:
        raise GitIsMissing(
            "There is no git. Likely cause: it is not installed, or not in PATH. Next step: install it; on Debian and "
            "Ubuntu: sudo apt-get install git"
        )
