"""An external Generator, Coder and Evaluator and a person take one task from its brief to its end, over HTTP alone.

python -m tests.embedded.external_agents URL KEY: with the API's address and a key. Whoever has a key of their own gets
it with --generator, --coder, --evaluator or --person. Nothing of this project is imported: a client needs no more.
"""

import argparse
import difflib
import io
import secrets
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

RIGHTS = {  # what each of them needs, for KEYS (docs/deploy.md)
    "generator": ["send", "start", "read"],
    "coder": ["upload", "run", "read"],
    "evaluator": ["talk", "read"],
    "person": ["talk", "read"],
}
# ---- The one place to switch on once DELETE /projects/<id>/versions/<sha> is there. ----
CAN_HIDE = False

SECONDS = 900  # a build has ten minutes, and what it left is collected after it
EVERY_S = 1.0
BRIEF = 'Publish a page with the title "Tides of the week" and a file named data.json.'
CHECKS = ["The page title is 'Tides of the week'"]
PAGE = "<!doctype html><html lang=en><title>Tides of the week</title><h1>Tides</h1><p>High water at 6:12</p></html>\n"
COMMAND = "wc -l index.html && echo 'counted on standard error' >&2"


class Surprised(Exception):
    """The API answered something else than it promises."""


@dataclass
class Agent:
    """Somebody with a key and the API's address."""

    role: str
    url: str
    key: str = field(repr=False)
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def ask(self, method: str, path: str, body: Any = None, wanted: tuple[int, ...] = (200,)) -> requests.Response:
        """Send one request. What says "later" with Retry-After is asked again then. Raises Surprised."""
        url, end = path if path.startswith("http") else self.url + path, time.monotonic() + SECONDS
        while True:
            answer = self.session.request(method, url, json=body, headers={"X-API-KEY": self.key}, timeout=180)
            if answer.status_code in wanted:
                return answer
            if answer.status_code not in {429, 503} or time.monotonic() > end:
                raise Surprised(f"{self.role}: {method} {path} answered {answer.status_code}: {answer.text.strip()}")
            time.sleep(float(answer.headers.get("Retry-After", 5)))

    def json(self, method: str, path: str, body: Any = None, wanted: tuple[int, ...] = (200,)) -> dict[str, Any]:
        """Send one request and read its JSON."""
        found: dict[str, Any] = self.ask(method, path, body, wanted).json()
        return found

    def says(self, text: str) -> None:
        """Print what happens, for a person who watches."""
        print(f"{self.role:>9}  {text}", flush=True)

    def wait(self, what: str, path: str, is_there: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Ask again and again until it is there; 404 is "not yet". Raises Surprised."""
        began, last = time.monotonic(), ""
        while time.monotonic() - began < SECONDS:
            answer = self.ask("GET", path, wanted=(200, 404))
            if answer.status_code == 200 and is_there(answer.json()):
                print(f"{'':>9}  ... {what} ({time.monotonic() - began:.0f} s)", flush=True)
                return dict(answer.json())
            last = answer.text
            time.sleep(EVERY_S)
        raise Surprised(f"{self.role}: waited in vain: {what}; last at {path}: {last.strip()[:2000]}")


class Story:
    """One task. Each step returns when the dashboard's JSON shows it."""

    def __init__(self, agents: dict[str, Agent]) -> None:
        self.generator, self.coder = agents["generator"], agents["coder"]
        self.evaluator, self.person = agents["evaluator"], agents["person"]
        self.key = self.project = self.brought = self.revised = ""

    def steps(self) -> Iterator[Callable[[], None]]:
        """Yield what happens, in its order."""
        yield from (self.make_a_task, self.upload_code, self.run_it, self.bring_a_result, self.read_feedback)
        yield from (self.ask_for_a_revision, self.compare, self.download, self.close, self.hide)

    def seen(self, who: Agent, what: str, is_there: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Wait until the dashboard shows it."""
        return who.wait(f"the dashboard shows {what}", f"/tasks/{self.key}", is_there)

    def built(self, who: Agent, reply: dict[str, Any]) -> str:
        """Follow a build to its end; return its commit. Raises Surprised."""
        build = who.wait("the build has ended", reply["status_url"], lambda build: build["status"] == "completed")
        if not build["commit"]:
            raise Surprised(f"build {build['build_id']} published nothing: {build}")
        return str(build["commit"])

    def make_a_task(self) -> None:
        """Send a task with the key in the header, and nobody to call back."""
        agent, name = self.generator, f"tides-{secrets.token_hex(3)}"
        task = {"email": f"{name}@agents.example.com", "task": name, "round": 1, "nonce": secrets.token_hex(8)}
        reply = agent.json("POST", "/ready", {**task, "brief": BRIEF, "checks": CHECKS})
        self.key = reply["task_key"]
        agent.says(f"sent the task {name}: build {reply['build_id']}, task {self.key}")
        commit = self.built(agent, reply)
        found = self.seen(agent, "the task and its first version", lambda task: has(task["versions"], "sha", commit))
        self.project = found["project"]
        agent.says(f"the project is {self.project}, commit {commit[:7]}")

    def upload_code(self) -> None:
        """Bring a page of one's own as the next version."""
        files = {"index.html": PAGE, "tides.csv": "day,high\nmon,6:12\n"}
        path = f"/projects/{self.project}/versions"
        reply = self.coder.json("POST", path, {"files": files, "message": "A table of tides"}, (202,))
        self.coder.says(f"uploaded {len(files)} files: build {reply['build_id']}")
        self.brought = self.built(self.coder, reply)
        found = self.seen(self.coder, "the uploaded version", lambda task: has(task["versions"], "sha", self.brought))
        expect(reply["task_key"] == found["key"], "the upload belongs to the task")

    def run_it(self) -> None:
        """Run the uploaded code, and read what it said."""
        agent, asked = self.coder, {"project_id": self.project, "command": COMMAND, "wait_s": 60}
        ran = agent.json("POST", "/execute", asked, (200, 202))
        if "job_url" in ran:
            ran = agent.wait("the command has ended", ran["job_url"], lambda job: job["result"])["result"]
        agent.says(f"ran {COMMAND!r} on {ran['commit'][:7]}: {ran['stdout'].strip()!r}, code {ran['return_code']}")
        expect((ran["return_code"], ran["commit"]) == (0, self.brought), f"it ran on the uploaded version: {ran}")
        jobs = agent.json("GET", "/jobs")["jobs"]
        expect(has(jobs, "job_id", ran["job_id"]), "GET /jobs lists the command")
        self.seen(agent, "the command", lambda task: has(task["runs"], "job_id", ran["job_id"]))
        logs = agent.json("GET", f"/tasks/{self.key}/logs")["logs"]
        texts = {log["name"]: agent.ask("GET", f"/tasks/{self.key}/logs/{log['sha256']}").text for log in logs}
        expect(ran["stdout"] in texts.values(), f"what it said is among the logs: {texts}")
        agent.says(f"read the logs {', '.join(sorted(texts))}")

    def bring_a_result(self) -> None:
        """Say what was measured, with the log of the measuring."""
        agent, log = self.evaluator, "".join(f"epoch {number}: loss {1 / number:.3f}\n" for number in range(1, 200))
        result = {"project_id": self.project, "role": "evaluator", "kind": "result", "text": "Measured on ten pages."}
        metrics = {"accuracy": 0.9, "loss": 0.005, "runtime": 12.5}
        said = agent.json("POST", "/messages", {**result, "metrics": metrics, "log": log, "log_name": "run.log"}, (202,))
        agent.says(f"sent a result with a log of {len(log):,} bytes: message {said['message_id']}")
        found = self.seen(agent, "the result", lambda task: has(task["results"], "id", said["message_id"]))
        expect(found["averages"]["accuracy"] == metrics["accuracy"], f"averages: {found['averages']}")
        latest = agent.json("GET", f"/tasks/{self.key}/results/latest")
        expect(latest["result"]["metrics"] == metrics, f"it is the latest result: {latest}")
        text = agent.ask("GET", f"/tasks/{self.key}/logs/run.log").content.decode()
        expect(text == log, "its log comes back as it was sent")
        agent.says("read the log back, byte for byte")

    def read_feedback(self) -> None:
        """Say what should be better; the Coder reads it."""
        said = {"project_id": self.project, "role": "evaluator", "text": "Say where these tides are."}
        reply = self.evaluator.json("POST", "/feedback", said, (202,))
        self.evaluator.says(f"gave feedback: message {reply['message_id']}")
        is_there: Callable[[dict[str, Any]], Any] = lambda task: has(task["messages"], "id", reply["message_id"])  # noqa: E731
        self.seen(self.evaluator, "the feedback", is_there)
        found = self.coder.json("GET", f"/tasks/{self.key}/messages?kind=feedback&role=evaluator")["messages"]
        expect([each["text"] for each in found] == [said["text"]], f"the Coder reads the feedback: {found}")
        self.coder.says(f"read the feedback: {found[0]['text']!r}")

    def ask_for_a_revision(self) -> None:
        """Let the page be changed because of a text."""
        said = {"project_id": self.project, "role": "person", "text": "Give the place of the tides.", "revise": True}
        reply = self.person.json("POST", "/feedback", said, (202,))
        self.person.says(f"asked for a revision: message {reply['message_id']}")
        ended = {"published", "not-published", "not-recorded", "recorded"}
        followed = self.person.wait("the revision has ended", reply["message_url"], lambda it: it["state"] in ended)
        expect(followed["state"] == "published", f"the revision is published: {followed}")
        self.revised = followed["build"]["commit"]
        self.seen(self.person, "the revision", lambda task: has(task["versions"], "sha", self.revised))

    def compare(self) -> None:
        """Look at both versions, and at what differs."""
        agent = self.person
        listed = [each["sha"] for each in agent.json("GET", f"/projects/{self.project}/versions")["versions"]]
        expect(listed.index(self.revised) < listed.index(self.brought), f"both versions are listed: {listed}")
        pages = [self.page_of(sha) for sha in (self.brought, self.revised)]
        expect(pages[0] == PAGE, "the uploaded page is what was uploaded")
        changed = list(difflib.unified_diff(*(page.splitlines() for page in pages), self.brought[:7], self.revised[:7]))
        expect(changed, "the revision changed the page")
        agent.says(f"compared {self.brought[:7]} and {self.revised[:7]}: {len(changed)} lines of difference")

    def page_of(self, sha: str) -> str:
        """Return the page of a version."""
        return self.person.ask("GET", f"/projects/{self.project}/versions/{sha}/files/index.html").content.decode()

    def download(self) -> None:
        """Take a version home."""
        version = self.person.json("GET", f"/projects/{self.project}/versions/{self.brought}")
        body = self.person.ask("GET", version["zip_url"]).content
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = {name.partition("/")[2]: name for name in archive.namelist()}
            expect(archive.read(names["index.html"]).decode() == PAGE, "the zip has the uploaded page")
        expect(set(names) == {each["path"] for each in version["files"]}, f"the zip has all files: {sorted(names)}")
        self.person.says(f"downloaded {self.brought[:7]} as a zip: {len(names)} files")

    def close(self) -> None:
        """Say that the task is done."""
        said = {"project_id": self.project, "role": "person", "text": "Done, thank you.", "state": "closed"}
        reply = self.person.json("POST", "/messages", said, (202,))
        self.person.says(f"closed the task: message {reply['message_id']}")
        self.seen(self.person, "the closed task", lambda task: task["lifecycle"] == "closed")
        closed = self.person.json("GET", f"/tasks?lifecycle=closed&project={self.project}")["tasks"]
        expect([each["key"] for each in closed] == [self.key], f"GET /tasks lists it as closed: {closed}")

    def hide(self) -> None:
        """Hide a version."""
        if not CAN_HIDE:
            self.person.says("hiding a version is not there yet")
            return
        sha = self.brought
        self.person.ask("DELETE", f"/projects/{self.project}/versions/{sha}", wanted=(200, 202))
        self.person.says(f"hid version {sha[:7]}")
        is_hidden: Callable[[dict[str, Any]], Any] = lambda task: [  # noqa: E731
            each for each in task["versions"] if each["sha"] == sha and each["is_hidden"]
        ]
        self.seen(self.person, "that it is hidden", is_hidden)


def has(entries: list[dict[str, Any]], name: str, value: str) -> bool:
    """Whether a list has an entry with this value."""
    return any(entry.get(name) == value for entry in entries)


def expect(is_so: object, what: str) -> None:
    """Raise Surprised unless it is so."""
    if not is_so:
        raise Surprised(f"This should be so, and is not: {what}")


def main(arguments: list[str]) -> int:
    """Play the whole story; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.embedded.external_agents", description=__doc__)
    parser.add_argument("url", metavar="URL", help="where the API is")
    parser.add_argument("key", metavar="KEY", help="for whoever gets no other one")
    for role, rights in RIGHTS.items():
        parser.add_argument(f"--{role}", metavar="KEY", help=f"a key with the rights {', '.join(rights)}")
    given = parser.parse_args(arguments)
    url = given.url.rstrip("/")
    story = Story({role: Agent(role, url, getattr(given, role) or given.key) for role in RIGHTS})
    began = time.monotonic()
    try:
        for step in story.steps():
            step()
    except (Surprised, requests.RequestException) as error:
        print(f"\nIt ended here. {error}", file=sys.stderr)
        return 1
    print(f"All of it worked, in {time.monotonic() - began:.0f} seconds. The task is {story.key}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
