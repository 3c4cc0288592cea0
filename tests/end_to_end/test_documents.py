"""What the documents tell people to type works: in a clean clone, with an empty HOME and the default data folder.

A new command is run by itself. One that cannot be run here is named below, with the reason; what is named and stands in
no document any more fails, too. A command that several documents have is run once. As a reader could, the newcomer has
three terminals open: one for the targets of make, one for the system that is up, one for what needs no system. What a
document sends to YOUR-RECEIVER goes to the receiver of a second system: whoever reads that has one that runs already.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from embedded.demo.follow import Watcher
from embedded.demo.prepared import LABEL
from embedded.system.system import CHECKOUT, System
from tests.embedded.senders import BUILD_TIMEOUT_S, ENVIRONMENT, CallbackServer
from tests.end_to_end.markdown_commands import Command, commands_in, commands_of
from tests.end_to_end.newcomer import BUILD_ID, Newcomer, Ran, Shell, Started, local_session, wait_until
from tests.little_act.system import ForkedSystem

pytestmark = pytest.mark.timeout(1200)

# For these, `make up` is up, and so is the reader's receiver.
ABOUT_THE_SYSTEM = ("README.md", "docs/own.md", "docs/projects.md", "docs/agents.md", "docs/clients.md")
DOCUMENTS = (*ABOUT_THE_SYSTEM, "docs/evaluate.md", "CONTRIBUTING.md", "docs/extending.md")
NOT_RUN = {
    ".venv/bin/python -m action explain FILE": "FILE is the reader's; test_sent_checks.py runs what it does",
    "make lint": "takes two minutes, and everybody who runs these tests runs it before them, as .ci/run does",
    "make bench": "takes minutes; tests/unit/bench runs its parts",
    "make eval": "takes hours, or a key; tests/unit/bench runs its parts",
    "make eval MODEL=...": "the same",
    "make fuzz SECONDS=1800": "takes half an hour",
    'make fuzz SECONDS=60 ARGS="NAME"': "takes a minute; tests/fuzz runs its parts",
    "make fuzz": "takes ten minutes; .ci/run does a minute of it",
    "make audit": "asks the package index about each package; tests/audit runs its parts",
    "make model": "fetches 1.1 GB",
    ".venv/bin/python -m tests.end_to_end.orchestrator_client URL KEY": "minutes; test_orchestrator_client.py plays it",
    "KEEP=0 make demo": "the same as `make demo` where there is no terminal, as here; test_staying.py has both",
    "make requirements": "locks what the package index has today, which is another result each day",
    "GEMINI_API_KEY=... make up": "needs a key; test_system.py brings a model of its own the same way",
    "make up MODEL=...": "needs the 1.1 GB of `make model`",
    "python -m receiver": "needs an account, and stays; test_receiver_process.py starts it as hosts do",
    "python -m api": "the same",
    '.venv/bin/python -m tests.end_to_end.external_agents "$RECEIVER" "$SECRET"': "takes more than a minute;"
    " test_external_agents.py starts it with a key for each agent",
    "npm start": "what a container runs by default where there is a package.json; no command of this project",
    "git push": "what whoever may push does to a target repository, in a sentence; no command of this project",
    "cloudflared tunnel --url http://localhost:8300": "needs cloudflared and the internet",
}
RUN_SHORTER = {
    # Here nobody has a set-up: they say so, with the next step, and end with 2. What they find is in test_doctor.py.
    **{
        command: f"! said=$({command}) && grep -i 'next.step' <<< \"$said\""
        for command in ("make doctor", "make setup", "make doctor ARGS=--json")
    },
    ".venv/bin/python -m embedded evaluator": ".venv/bin/python -m embedded evaluator --help",  # its steps are below
    "make test ARGS=tests/unit": "make test ARGS='-n 0 tests/unit/test_links.py'",
    "make test": "make test ARGS='-n 0 tests/unit/test_links.py'",  # takes minutes
    "make test-end-to-end": "make test-end-to-end ARGS='-n 0 -k for_the_shell'",  # not itself
    'sqlite3 spring-class/evaluator.sqlite3 "SELECT \\"check\\", avg(score) FROM results WHERE round = 1 '
    'GROUP BY 1 ORDER BY 2"': ".venv/bin/python -c 'import sqlite3; sqlite3.connect("
    '"spring-class/evaluator.sqlite3").execute("SELECT \\"check\\", avg(score) FROM results WHERE round = 1 '
    "GROUP BY 1 ORDER BY 2\").fetchall()'",  # the program sqlite3 is not everywhere
}
STAYS = {
    "make up": ("make up", "Ctrl-C"),
    ".venv/bin/python -m embedded evaluator run spring-class": (
        ".venv/bin/python -m embedded evaluator run spring-class --port 0",  # 8300 may be taken on this machine
        "Callbacks:",
    ),
}  # what is typed, and what it says when it is up; then the next command is typed in another terminal


YOURS = "https://YOUR-RECEIVER"
NEEDS_A_PAGE = re.compile(r'"round": 2|-0123456789')


def all_commands() -> list[Command]:
    return [command for document in DOCUMENTS for command in commands_of(CHECKOUT / document, document)]


def commands_to_run(documents: Iterable[str]) -> list[Command]:
    return [each for document in documents for each in commands_of(CHECKOUT / document, document)
            if each.text not in NOT_RUN]  # fmt: skip


def targets_of_make() -> list[Command]:
    """Return the commands that need no terminal of their own and no address, each once."""
    once: dict[str, Command] = {}
    for command in commands_to_run(DOCUMENTS):
        if is_target(command) and command.text not in STAYS:
            once.setdefault(RUN_SHORTER.get(command.text, command.text), command)
    return list(once.values())


def is_target(command: Command) -> bool:
    return command.text.split()[0] == "make"


def test_the_lists_name_commands_that_the_documents_have() -> None:
    texts = {command.text for command in all_commands()}
    assert [text for text in (*NOT_RUN, *RUN_SHORTER, *STAYS) if text not in texts] == []


def test_every_document_is_read() -> None:
    assert {command.document for command in all_commands()} == set(DOCUMENTS)


def students_of(document: str) -> str:
    """Return the list that the document shows, with endpoints on this machine, which the evaluator does not ask."""
    text = (CHECKOUT / document).read_text()
    rows = re.findall(r"^ *((?:email|ann@|bob@)\S*,.*)$", text, re.MULTILINE)
    return re.sub(r"https://\w+\.(onrender\.com|example\.net)", "http://localhost:9", "\n".join(rows)) + "\n"


@dataclass
class Journey:
    """What happened to a newcomer who typed everything."""

    newcomer: Newcomer
    callbacks: CallbackServer
    yours: System
    interrupted: tuple[int, str] = (0, "")
    ran: list[Ran] = field(default_factory=list)
    conclusions: dict[str, str] = field(default_factory=dict)
    stopped: list[tuple[int, list[str]]] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    up: Started | None = None
    told: str = ""  # by `make up`, until it was stopped
    first_page: dict[str, Any] = field(default_factory=dict)

    def travel(self) -> "Journey":
        self.interrupt_the_installation()
        with ThreadPoolExecutor() as terminals:
            others = [terminals.submit(self.type_in_turn, targets_of_make())]  # the first one installs
            self.wait_for_the_installation()
            self.up = self.start(Command("README.md", 0, "make up"))
            for document in DOCUMENTS[len(ABOUT_THE_SYSTEM) :]:
                others.append(terminals.submit(self.follow, document))
            self.follow_those_about_the_system()
            for other in others:
                other.result()
        self.stop_and_start_again()
        return self

    def interrupt_the_installation(self) -> None:
        making = self.newcomer.start("make install")
        python = self.newcomer.clone / ".venv" / "bin" / "python"
        making.wait_for("Installing")
        wait_until(lambda: python.exists() or making.process.poll() is not None)
        self.interrupted = (making.press_ctrl_c(), making.output)

    def wait_for_the_installation(self) -> None:
        installed = self.newcomer.clone / ".venv" / "installed"
        wait_until(lambda: installed.exists() or self.ran)

    def follow(self, document: str) -> None:
        """Type the commands of a document that needs no system."""
        if document == "docs/evaluate.md":
            (self.newcomer.clone / "students.csv").write_text(students_of(document))
        self.type_in_turn([each for each in commands_to_run([document]) if not is_target(each)])

    def type_in_turn(self, commands: list[Command]) -> None:
        shell, staying = self.newcomer.shell(), []
        for command in commands:
            if command.text in STAYS:
                staying.append(self.start(command))
            else:
                self.type(command, shell)
        shell.close()
        for started in staying:
            started.press_ctrl_c()

    def follow_those_about_the_system(self) -> None:
        """Type what can be typed at once, and the rest after the builds of what was typed before."""
        assert self.up
        secret = self.yours.secret
        with_secret = {document: self.newcomer.shell(STUDENT_SECRET=secret) for document in ABOUT_THE_SYSTEM[1:]}
        shells = {**dict.fromkeys(("README.md", "make up"), self.newcomer.shell()), **with_secret}
        commands = [each for each in commands_to_run(ABOUT_THE_SYSTEM) if not is_target(each)]
        commands += [Command("make up", 0, text) for text in commands_in(self.up.output)]
        for command in sorted(commands, key=lambda command: bool(NEEDS_A_PAGE.search(command.text))):
            if NEEDS_A_PAGE.search(command.text):
                self.wait_for_builds()
            self.type(command, shells[command.document])
        self.wait_for_builds()
        for shell in {id(shell): shell for shell in shells.values()}.values():
            shell.close()

    def type(self, command: Command, shell: Shell) -> None:
        self.ran.append(shell.type(command, self.here(RUN_SHORTER.get(command.text, command.text))))

    def start(self, command: Command) -> Started:
        typed, words = STAYS[command.text]
        started = self.newcomer.start(typed)
        started.wait_for(words)
        return started

    def here(self, text: str) -> str:
        """Put the addresses of this machine where a document has those of its reader."""
        text = text.replace(YOURS, self.yours.addresses.receiver).replace("YOUR STUDENT_SECRET", self.yours.secret)
        text = text.replace("https://YOUR-REQUEST-BIN", self.callbacks.url)
        project = self.first_page.get("repo_url", "").rpartition("/")[2]
        return re.sub(r"\b[a-z-]+-0123456789\b", project, text)

    def url(self, part: str) -> str:
        return f"http://localhost:{self.newcomer.kept('ports.json')[part]}"

    def wait_for_builds(self) -> None:
        """Follow each build that an answer named until its run is over."""
        asked = [(ran, build) for ran in self.ran for build in BUILD_ID.findall(ran.output)]
        with local_session() as ours, local_session() as yours:
            token = self.newcomer.kept("credentials.json")["receiver_token"]
            ours.headers["Authorization"] = f"Bearer {token}"
            at_ours = Watcher(ours, f"{self.url('github')}/api/v3", "pagewright-owner/pagewright")
            at_yours = Watcher(yours, self.yours.addresses.api, self.yours.runner)
            for ran, build in asked:
                if build not in self.conclusions:
                    watcher = at_yours if YOURS in ran.command.text else at_ours
                    run = list(watcher.follow(build, BUILD_TIMEOUT_S))[-1].run
                    self.conclusions[build] = str(run["conclusion"])
        self.first_page = next(iter(self.callbacks.of("first-try")), {})

    def output_of(self, command: str) -> str:
        """Return what a command printed."""
        return next(ran.output for ran in self.ran if ran.command.text == command)

    def stop_and_start_again(self) -> None:
        assert self.up
        self.up.wait_for("build done      first-try, round 2")
        self.told = self.up.output
        self.before = self.state()
        self.stopped.append((self.up.press_ctrl_c(), self.newcomer.left_running()))
        self.up = self.newcomer.start("make up")
        self.up.wait_for("Ctrl-C")
        self.after = self.state()
        self.stopped.append((self.up.press_ctrl_c(), self.newcomer.left_running()))

    def state(self) -> dict[str, Any]:
        """What a person finds: the addresses, the secret, the page, its repository, the dashboard."""
        owner = f"{self.url('pages')}/pagewright-owner"
        [project] = set(re.findall(rf"build done      first-try, .* {owner}/([\w-]+)/$", self.told, re.MULTILINE))
        found = [f"{owner}/{project}/", f"{self.url('github')}/pagewright-owner/{project}", f"{owner}/pagewright/"]
        with local_session() as session:
            statuses = [session.get(address, timeout=10).status_code for address in found]
        return {
            "ports": self.newcomer.kept("ports.json"),
            "credentials": self.newcomer.kept("credentials.json"),
            "pages": statuses,
        }


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    newcomer, callbacks = Newcomer(tmp_path_factory.mktemp("newcomer")), CallbackServer()
    try:
        with ForkedSystem(tmp_path_factory.mktemp("yours"), ENVIRONMENT, dashboard=True) as yours:
            yield Journey(newcomer, callbacks, yours).travel()
    finally:
        newcomer.leave()
        callbacks.close()


def test_no_command_is_left_out(journey: Journey) -> None:
    ran = {RUN_SHORTER.get(each.command.text, each.command.text) for each in journey.ran}
    wanted = {RUN_SHORTER.get(each.text, each.text) for each in commands_to_run(DOCUMENTS) if each.text not in STAYS}
    assert wanted - ran == set()


@pytest.mark.parametrize("document", [*DOCUMENTS, "make up"])  # what make up prints is to be typed as well
def test_every_command_of_a_document_works(journey: Journey, document: str) -> None:
    ran = [each for each in journey.ran if each.command.document == document]
    assert ran
    assert [f"{each.command}\n{each.typed}\n{each.output}" for each in ran if each.code] == []
    assert not any("Traceback" in each.output for each in ran)


def test_an_installation_that_was_interrupted_is_begun_again(journey: Journey) -> None:
    code, output = journey.interrupted
    assert code != 0
    assert "the next make begins again" in output
    assert "Traceback" not in output
    assert "Installing into .venv" in journey.output_of("make demo")


def test_the_demo_tells_its_story(journey: Journey) -> None:
    told = journey.output_of("make demo")
    assert told.count("the page serves its commit") == 2
    assert '"nonce"' in told
    first, second = told.split("Round 2 ", 1)
    assert first.index("19 of 21") < first.index('its text is "5508.00"') < first.index("21 of 21")
    # weather.json is drawn and not summed up: whether the page follows other numbers in it, nobody can say
    assert "attempt 1   28 of 29 " in second, "the second round needs no repair"
    assert "attempt 2" not in second
    assert LABEL in told
    assert "Press Enter" not in told, "nobody is there who could"


def test_every_task_that_the_documents_send_is_built_and_called_back(journey: Journey) -> None:
    assert len(journey.conclusions) >= 2  # that of docs/own.md, and at least one that make up or the README sends
    assert set(journey.conclusions.values()) == {"success"}
    assert len(journey.callbacks.of("first-try")) == 1


def test_make_up_tells_each_event_in_a_line(journey: Journey) -> None:
    for name in ("first-try, round 1", "first-try, round 2"):
        assert re.search(rf"^\d\d:\d\d:\d\d  task accepted   {name} \(build ", journey.told, re.MULTILINE)
        assert f"callback        {name}: accepted" in journey.told
        assert re.search(rf"build done      {name}: (\d+) of \1 \w+ pass.*http://", journey.told)


def test_make_up_finds_its_state_again__and_leaves_nothing_running(journey: Journey) -> None:
    assert journey.before == journey.after
    assert journey.after["pages"] == [200, 200, 200]
    assert [left for _, left in journey.stopped] == [[], []]
