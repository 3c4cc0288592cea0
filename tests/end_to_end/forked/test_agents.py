"""Generator, feedback, restore, limit and Evaluator over HTTP: one task from a template, and what agents make of it."""

import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract
from action.ledger.layout import canonical, record_path
from action.record import AssertionRecord, AttemptRecord, BuildRecord, ContractRecord
from embedded.github.bare_git import Person
from embedded.system.system import System
from tests.embedded.senders import Sender, git, variables

pytestmark = pytest.mark.timeout(1500)

ANN = "ann@students.example.com"
OURS = ".pagewright/build.json"
RUN_TIMEOUT_S = 600


@dataclass(frozen=True)
class Agents:
    """Somebody who starts workflows by hand, sends feedback, and reads what the runs left."""

    system: System
    session: requests.Session

    def start(self, workflow: str, **inputs: Any) -> dict[str, Any]:
        """Start a workflow by hand and return its run when it is over."""
        known = {run["id"] for run in self.runs()}
        url = f"{self.system.addresses.api}/repos/{self.system.runner}/actions/workflows/{workflow}/dispatches"
        headers = {"Authorization": f"Bearer {self.system.credentials.receiver_token}"}
        answer = self.session.post(url, json={"ref": "main", "inputs": inputs}, headers=headers, timeout=30)
        assert answer.status_code in {200, 204}, answer.text
        return self.wait(lambda run: run["id"] not in known and str(run["workflow_path"]).endswith(workflow))

    def say(self, **body: Any) -> dict[str, Any]:
        """Send feedback; return the reply, with the run that kept it under "run"."""
        url, key = f"{self.system.addresses.receiver}/feedback", {"X-API-KEY": self.system.secret}
        answer = self.session.post(url, json={"role": "teacher", **body}, headers=key, timeout=60)
        assert answer.status_code == 202, answer.text
        reply: dict[str, Any] = answer.json()
        run = self.named(f"feedback {reply['message_id']}")
        seen = self.follow(reply)
        assert (seen["status"], seen["run_id"]) == ("completed", run["id"])
        assert seen["text"].startswith(body["text"])
        return {**reply, "run": run}

    def follow(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Ask the receiver what came of a message: its list of builds is up to five seconds old."""
        key = {"X-API-KEY": self.system.secret}
        end = time.monotonic() + 60
        while True:
            seen: dict[str, Any] = self.session.get(reply["message_url"], headers=key, timeout=60).json()
            if seen["state"] != "build-running" or time.monotonic() > end:
                return seen
            time.sleep(0.5)

    def cancel(self, build_id: str) -> requests.Response:
        """Cancel a build that has just begun: the receiver's list of builds is up to five seconds old."""
        url, key = f"{self.system.addresses.receiver}/jobs/{build_id}", {"X-API-KEY": self.system.secret}
        end = time.monotonic() + 60
        while (reply := self.session.delete(url, headers=key, timeout=60)).status_code == 404:
            assert time.monotonic() < end, reply.text
            time.sleep(0.5)
        return reply

    def runs(self) -> list[dict[str, Any]]:
        return [dict(run) for run in self.system.store.find("run", repo=self.system.runner)]

    def named(self, title: str) -> dict[str, Any]:
        return self.wait(lambda run: f"{run['run_name']} ".startswith(f"{title} "))

    def wait(self, is_wanted: Any) -> dict[str, Any]:
        """Return the wanted run when it is over."""
        end = time.monotonic() + RUN_TIMEOUT_S
        while time.monotonic() < end:
            for run in self.runs():
                if is_wanted(run) and run["status"] == "completed":
                    return run
            time.sleep(0.3)
        raise AssertionError(f"no such run; there are {[run['run_name'] for run in self.runs()]}")

    def artifact(self, run: dict[str, Any], name: str, file: str) -> dict[str, Any]:
        """Return a JSON file of an artifact."""
        (found,) = [each for each in self.system.store.find("artifact", run_id=run["id"]) if each["name"] == name]
        with zipfile.ZipFile(Path(found["path"])) as archive:
            content: dict[str, Any] = json.loads(archive.read(file))
        return content

    def message(self, reply: dict[str, Any]) -> dict[str, Any]:
        return self.artifact(reply["run"], f"message-{reply['message_id']}", "message.json")

    def record(self, build_id: str) -> BuildRecord:
        """Wait for a build and return its record."""
        run = self.named(f"build {build_id}")
        assert run["conclusion"] == "success", run["run_name"]
        return BuildRecord.model_validate(self.artifact(run, f"record-{build_id}-1", "record.json"))

    def log(self, run: dict[str, Any]) -> str:
        folder = self.system.data.path / "runs" / str(run["id"])
        return "".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())


@dataclass(frozen=True)
class Story:
    """One task: made by the Generator, revised once, restored once, and refused a second revision."""

    made: dict[str, Any]
    first: BuildRecord
    revised: dict[str, Any]
    second: BuildRecord
    restored: dict[str, Any]
    third: BuildRecord
    refused: dict[str, Any]
    builds_before_refusal: int
    builds_after_refusal: int


@pytest.fixture(scope="module")
def agents(system: System, sender: Sender) -> Iterator[Agents]:
    with variables(system, MAX_CANDIDATES="0", MAX_REVISIONS="1"):
        yield Agents(system, sender.session)


def message_of_generator(agents: Agents, run: dict[str, Any]) -> dict[str, Any]:
    artifacts = agents.system.store.find("artifact", run_id=run["id"])
    (name,) = [each["name"] for each in artifacts if each["name"].startswith("message-")]
    return agents.artifact(run, name, "message.json")


def builds(agents: Agents) -> int:
    return sum(run["run_name"].startswith("build ") for run in agents.runs())


@pytest.fixture(scope="module")
def story(agents: Agents) -> Story:
    run = agents.start("task.yml", template="tip-splitter", recipient=ANN)
    assert run["conclusion"] == "success"
    made = message_of_generator(agents, run)
    first = agents.record(made["build_id"])
    assert first.publication is not None
    project = first.publication.repository
    text = "Say how the rounding works, and add a file named rounding.txt."
    revised = agents.say(project_id=project.partition("/")[2], text=text, metrics={"score": 0.5}, revise=True)
    second = agents.record(agents.message(revised)["build_id"])
    restored = agents.say(project_id=project, text="Back to the first.", restore=first.publication.commit_sha)
    third = agents.record(agents.message(restored)["build_id"])
    before = builds(agents)
    refused = agents.say(project_id=project, text="Once more, please.", revise=True)
    return Story(made, first, revised, second, restored, third, refused, before, builds(agents))


def files_at(url: str, commit: str, tmp_path: Path) -> dict[str, bytes]:
    folder = tmp_path / commit
    git("clone", "--quiet", url, str(folder))
    git("-C", str(folder), "checkout", "--quiet", commit)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git/" not in f"{path.relative_to(folder).as_posix()}/"
    }


def sha_of(record: BuildRecord) -> str:
    assert record.publication is not None
    return record.publication.commit_sha


def url_of(record: BuildRecord) -> str:
    assert record.publication is not None
    return record.publication.repo_url


def test_generator__a_task_from_a_template_becomes_a_live_page_that_nobody_waits_for(
    story: Story, sender: Sender
) -> None:
    first = story.first
    assert first.publication is not None
    assert (first.wants_callback, first.callbacks, first.failures) == (False, [], [])
    assert b"Split the Bill" in sender.get(first.publication.pages_url)
    assert first.publication.repository.split("/")[1].startswith("tip-splitter-")
    assert (story.made["role"], story.made["task_key"]) == ("generator", first.task_key)
    assert "tip-splitter" in story.made["text"]


def test_feedback__is_followed_to_its_commit_and_page_or_to_why_there_is_none(story: Story, agents: Agents) -> None:
    for reply, record in ((story.revised, story.second), (story.restored, story.third)):
        assert record.publication is not None
        seen = agents.follow(reply)
        assert (seen["state"], seen["build"]["build_id"]) == ("published", record.build_id)
        assert (seen["build"]["commit"], seen["build"]["page"]) == (sha_of(record), record.publication.pages_url)
        assert seen["build"]["is_live"] is True
    refused = agents.follow(story.refused)
    assert (refused["state"], refused["build"]) == ("recorded", None)
    assert "No revision was started: Round 1 of this task has 1 " in refused["note"]


def test_the_repository_leads_to_its_page_and_its_commits_say_what_was_done(
    story: Story, agents: Agents, tmp_path: Path
) -> None:
    publication = story.first.publication
    assert publication is not None
    url = f"{agents.system.addresses.api}/repos/{publication.repository}"
    repository = agents.session.get(url, timeout=30).json()
    assert (repository["homepage"], repository["topics"]) == (publication.pages_url, ["pagewright", "github-pages"])
    readme = files_at(url_of(story.third), sha_of(story.third), tmp_path)["README.md"].decode()
    assert readme.count(f"]({publication.pages_url})") == 1
    titles = git("-C", str(tmp_path / sha_of(story.third)), "log", "--format=%s", sha_of(story.third)).decode()
    restored, revised, first = titles.splitlines()[:3]
    assert restored == f"Restore the files of {sha_of(story.first)[:7]}"
    assert revised == "Revision of round 1: Say how the rounding works, and add a file named…"
    assert first.startswith("Round 1: ")


def test_generator__the_recipient_appears_nowhere(story: Story, agents: Agents, tmp_path: Path) -> None:
    run = agents.wait(lambda run: str(run["workflow_path"]).endswith("task.yml"))
    assert first_line_with(ANN, agents.log(run)) == ""
    assert ANN not in json.dumps(story.made)
    assert ANN not in story.first.model_dump_json()
    assert not [path for path, body in files_at(url_of(story.first), "HEAD", tmp_path).items() if ANN.encode() in body]


def first_line_with(text: str, log: str) -> str:
    return next((line for line in log.splitlines() if text in line), "")


def test_generator__an_idea_becomes_a_task__and_its_build_can_be_cancelled(agents: Agents) -> None:
    with variables(agents.system, MAX_CANDIDATES="8"):  # so that there is time to cancel it
        run = agents.start("task.yml", idea="Opening hours of our lighthouse.", recipient=ANN, task="lighthouse")
        assert run["conclusion"] == "success"
        message = message_of_generator(agents, run)
        assert 'from the idea: "Opening hours of our lighthouse."' in message["text"]
        assert agents.cancel(message["build_id"]).status_code == 202
        assert agents.named(f"build {message['build_id']}")["conclusion"] == "cancelled"


def test_feedback__a_revision_is_a_second_commit_in_the_same_repository(
    story: Story, agents: Agents, tmp_path: Path, sender: Sender
) -> None:
    message = agents.message(story.revised)
    assert (message["role"], message["metrics"], message["revise"]) == ("teacher", {"score": 0.5}, True)
    assert message["task_key"] == story.second.task_key == story.first.task_key
    assert url_of(story.second) == url_of(story.first)
    assert (story.second.revision, story.second.round) == (message["id"], 1)
    files = files_at(url_of(story.second), sha_of(story.second), tmp_path)
    assert "rounding.txt" in files
    log = git("-C", str(tmp_path / sha_of(story.second)), "log", "--format=%H%n%B", sha_of(story.second)).decode()
    assert f"Pagewright-Revision: {message['id']}\n" in log.partition(sha_of(story.first))[0]
    assert sha_of(story.first) in log


def test_restore__a_third_commit_has_the_files_of_the_first(story: Story, tmp_path: Path, sender: Sender) -> None:
    first, third = (files_at(url_of(story.first), sha_of(record), tmp_path) for record in (story.first, story.third))
    note = json.loads(third.pop(OURS))
    first.pop(OURS)
    assert third == first
    assert note["build_id"] == story.third.build_id
    assert story.third.restored == sha_of(story.first)
    assert story.third.generation is not None
    assert story.third.generation.calls == []
    assert story.third.publication is not None
    assert sender.get(story.third.publication.pages_url) == first["index.html"]


def test_limit__the_message_is_kept_and_no_build_starts(story: Story, agents: Agents) -> None:
    message = agents.message(story.refused)
    assert message["text"].startswith("Once more, please.\n\nNo revision was started: Round 1 of this task has 1 ")
    assert (message["revise"], message["build_id"]) == (True, "")
    assert story.refused["run"]["conclusion"] == "success"
    assert story.builds_after_refusal == story.builds_before_refusal


def test_evaluator__what_held_and_fails_now_becomes_feedback_under_the_same_limit(story: Story, agents: Agents) -> None:
    record = story.third.model_copy(update={"contract": contract_that_held(story, agents)})
    put_ledger(agents.system, record)
    run = agents.start("evaluate.yml", project="", revise="true")
    assert run["conclusion"] == "success"
    said = agents.wait(lambda each: each["run_name"].startswith("feedback ") and each["id"] > run["id"])
    assert said["conclusion"] == "success"
    message_id = said["run_name"].split()[1]
    message = agents.artifact(said, f"message-{message_id}", "message.json")
    assert (message["role"], message["revise"], message["project"]) == ("evaluator", True, record_project(record))
    assert message["metrics"]["failed"] >= 1
    assert message["metrics"]["passed"] >= 1
    assert "It held when the page was published." in message["text"]
    assert "No revision was started" in message["text"]


def record_project(record: BuildRecord) -> str:
    assert record.publication is not None
    return record.publication.repository


def contract_that_held(story: Story, agents: Agents) -> ContractRecord:
    """Return a record in which everything that the stored contract says held when the page was published."""
    repo = agents.system.github.repository(record_project(story.third))
    assert repo is not None
    stored = agents.system.github.git(repo).run("show", f"{sha_of(story.third)}:{CONTRACT}")
    return ContractRecord(
        attempts=[AttemptRecord(number=1, headline="", seconds=1.0, is_kept=True)],
        assertions=[
            AssertionRecord(
                id=each.id, kind=each.kind, origin=each.origin, round=1, sentence="", states=["pass"], state="pass"
            )
            for each in Contract.from_storage(stored).assertions
        ],
    )


def put_ledger(system: System, record: BuildRecord) -> None:
    """Write what the dashboard's workflow writes: a branch with the record in its place."""
    repo = system.github.repository(system.runner)
    assert repo is not None
    assert record.run is not None
    bare = system.github.git(repo)
    path, person = (
        record_path(record, record.run),
        Person("ledger", "ledger@noreply.invalid", "2026-11-20T06:00:00+00:00"),
    )
    tree = bare.write_tree(None, [("100644", path, bare.write_blob(canonical(record)))])
    bare.update_ref("refs/heads/ledger", bare.write_commit(tree, [], "Collect", person, person))
