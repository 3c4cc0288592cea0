"""An external Generator, Coder and Evaluator and a person take one task from its brief to its end, over HTTP alone.

python -m tests.end_to_end.external_agents URL KEY: with the API's address and a key. Whoever has a key of their own
gets it with --generator, --coder, --evaluator or --person. Nothing of this project is imported: a client needs no more.
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
SECONDS = 900  # a build has ten minutes, and what it left is collected after it
EVERY_S = 1.0
BRIEF = 'Publish a page with the title "Tides of the week" and a file named data.json.'
CHECKS = ["The page title is 'Tides of the week'"]
PAGE = "<!doctype html><html lang=en><title>Tides of the week</title><h1>Tides</h1><p>High water at 6:12</p></html>\n"
METRICS = {"accuracy": 0.9, "loss": 0.005, "runtime": 12.5}
WISH = "Say where these tides are."
COMMAND = "wc -l index.html && echo 'counted on standard error' >&2"

IsThere = Callable[[dict[str, Any]], Any]


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
        found: dict[str, Any] = self.ask(method, path, body, wanted).json()
        return found

    def says(self, text: str) -> None:
        print(f"{self.role:>9}  {text}", flush=True)

    def wait(self, what: str, path: str, is_there: IsThere) -> dict[str, Any]:
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
    """One task. Nobody waits for the dashboard where the API goes on without it; but each step must be seen there."""

    def __init__(self, agents: dict[str, Agent]) -> None:
        self.generator, self.coder = agents["generator"], agents["coder"]
        self.evaluator, self.person = agents["evaluator"], agents["person"]
        self.key = self.project = self.brought = self.revised = self.log = self.result = ""
        self.ran: dict[str, Any] = {}
        self.expected: list[tuple[Agent, str, IsThere]] = []

    def steps(self) -> Iterator[Callable[[], object]]:
        yield from (self.make_a_task, self.look)
        yield from (self.upload_code, self.run_it, self.bring_a_result, self.give_feedback, self.look)
        yield from (self.read_logs, self.read_result, self.read_feedback)
        yield from (self.ask_for_a_revision, self.compare, self.download, self.close, self.look, self.hide, self.look)

    def will_show(self, who: Agent, what: str, is_there: IsThere) -> None:
        """Remember what the dashboard must show at the next look."""
        self.expected.append((who, what, is_there))

    def look(self) -> None:
        """Wait until the dashboard's JSON shows everything that was done."""
        for who, what, is_there in self.expected:
            found = who.wait(f"the dashboard shows {what}", f"/tasks/{self.key}", is_there)
            self.project = found["project"]
        self.expected.clear()

    def built(self, who: Agent, reply: dict[str, Any]) -> str:
        """Follow a build to its end; return its commit. Raises Surprised."""
        build = who.wait("the build has ended", reply["status_url"], lambda build: build["status"] == "completed")
        if not build["commit"]:
            raise Surprised(f"build {build['build_id']} published nothing: {build}")
        return str(build["commit"])

    def make_a_task(self) -> None:
        agent, name = self.generator, f"tides-{secrets.token_hex(3)}"
        task = {"email": f"{name}@agents.example.com", "task": name, "round": 1, "nonce": secrets.token_hex(8)}
        reply = agent.json("POST", "/ready", {**task, "brief": BRIEF, "checks": CHECKS})
        self.key = reply["task_key"]
        agent.says(f"sent the task {name}: build {reply['build_id']}, task {self.key}")
        commit = self.built(agent, reply)
        self.will_show(agent, "the task and its first version", lambda task: has(task["versions"], "sha", commit))

    def upload_code(self) -> None:
        files = {"index.html": PAGE, "tides.csv": "day,high\nmon,6:12\n"}
        path = f"/projects/{self.project}/versions"
        reply = self.coder.json("POST", path, {"files": files, "message": "A table of tides"}, (202,))
        self.coder.says(f"uploaded {len(files)} files: build {reply['build_id']}")
        expect(reply["task_key"] == self.key, "the upload belongs to the task")
        self.brought = self.built(self.coder, reply)
        self.will_show(self.coder, "the uploaded version", lambda task: has(task["versions"], "sha", self.brought))

    def run_it(self) -> None:
        agent, asked = self.coder, {"project_id": self.project, "command": COMMAND, "wait_s": 60}
        ran = agent.json("POST", "/execute", asked, (200, 202))
        if "job_url" in ran:
            ran = agent.wait("the command has ended", ran["job_url"], lambda job: job["result"])["result"]
        agent.says(f"ran {COMMAND!r} on {ran['commit'][:7]}: {ran['stdout'].strip()!r}, code {ran['return_code']}")
        expect((ran["return_code"], ran["commit"]) == (0, self.brought), f"it ran on the uploaded version: {ran}")
        jobs = agent.json("GET", "/jobs")["jobs"]
        expect(has(jobs, "job_id", ran["job_id"]), "GET /jobs lists the command")
        self.ran = ran
        self.will_show(agent, "the command", lambda task: has(task["runs"], "job_id", ran["job_id"]))

    def bring_a_result(self) -> None:
        self.log = "".join(f"epoch {number}: loss {1 / number:.3f}\n" for number in range(1, 200))
        said = self.about("evaluator", "Measured on ten pages.", kind="result", metrics=METRICS)
        reply = self.evaluator.json("POST", "/messages", {**said, "log": self.log, "log_name": "run.log"}, (202,))
        self.result = reply["message_id"]
        self.evaluator.says(f"sent a result with a log of {len(self.log):,} bytes: message {self.result}")
        self.will_show(self.evaluator, "the result", lambda task: has(task["results"], "id", self.result))

    def give_feedback(self) -> None:
        reply = self.evaluator.json("POST", "/feedback", self.about("evaluator", WISH), (202,))
        said = reply["message_id"]
        self.evaluator.says(f"gave feedback: message {said}")
        self.will_show(self.evaluator, "the feedback", lambda task: has(task["messages"], "id", said))

    def about(self, role: str, text: str, **more: Any) -> dict[str, Any]:
        return {"project_id": self.project, "role": role, "text": text, **more}

    def read_logs(self) -> None:
        logs = self.coder.json("GET", f"/tasks/{self.key}/logs")["logs"]
        texts = {log["name"]: self.coder.ask("GET", f"/tasks/{self.key}/logs/{log['sha256']}").text for log in logs}
        expect(texts["stdout.txt"] == self.ran["stdout"], f"what the command said is among the logs: {texts}")
        expect(texts["run.log"] == self.log, "the log of the result comes back as it was sent")
        self.coder.says(f"read the logs {', '.join(sorted(texts))}")

    def read_result(self) -> None:
        found = self.evaluator.json("GET", f"/tasks/{self.key}/results")
        expect(found["averages"]["accuracy"] == METRICS["accuracy"], f"averages: {found['averages']}")
        latest = self.evaluator.json("GET", f"/tasks/{self.key}/results/latest")
        expect(latest["result"]["metrics"] == METRICS, f"it is the latest result: {latest}")
        self.evaluator.says(f"read the latest result: {latest['result']['metrics']}")

    def read_feedback(self) -> None:
        found = self.coder.json("GET", f"/tasks/{self.key}/messages?kind=feedback&role=evaluator")["messages"]
        expect([each["text"] for each in found] == [WISH], f"the Coder reads the feedback: {found}")
        self.coder.says(f"read the feedback: {found[0]['text']!r}")

    def ask_for_a_revision(self) -> None:
        said = self.about("person", "Give the place of the tides.", revise=True)
        reply = self.person.json("POST", "/feedback", said, (202,))
        self.person.says(f"asked for a revision: message {reply['message_id']}")
        ended = {"published", "not-published", "not-recorded", "recorded"}
        followed = self.person.wait("the revision has ended", reply["message_url"], lambda it: it["state"] in ended)
        expect(followed["state"] == "published", f"the revision is published: {followed}")
        self.revised = followed["build"]["commit"]
        self.will_show(self.person, "the revision", lambda task: has(task["versions"], "sha", self.revised))

    def compare(self) -> None:
        agent = self.person
        listed = [each["sha"] for each in agent.json("GET", f"/projects/{self.project}/versions")["versions"]]
        expect(listed.index(self.revised) < listed.index(self.brought), f"both versions are listed: {listed}")
        pages = [self.page_of(sha) for sha in (self.brought, self.revised)]
        expect(pages[0] == PAGE, "the uploaded page is what was uploaded")
        before, after = (page.splitlines() for page in pages)
        changed = list(difflib.unified_diff(before, after, self.brought[:7], self.revised[:7]))
        expect(changed, "the revision changed the page")
        agent.says(f"compared {self.brought[:7]} and {self.revised[:7]}: {len(changed)} lines of difference")

    def page_of(self, sha: str) -> str:
        return self.person.ask("GET", f"/projects/{self.project}/versions/{sha}/files/index.html").content.decode()

    def download(self) -> None:
        version = self.person.json("GET", f"/projects/{self.project}/versions/{self.brought}")
        body = self.person.ask("GET", version["zip_url"]).content
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = {name.partition("/")[2]: name for name in archive.namelist()}
            expect(archive.read(names["index.html"]).decode() == PAGE, "the zip has the uploaded page")
        expect(set(names) == {each["path"] for each in version["files"]}, f"the zip has all files: {sorted(names)}")
        self.person.says(f"downloaded {self.brought[:7]} as a zip: {len(names)} files")

    def close(self) -> None:
        said = self.about("person", "Done, thank you.", state="closed")
        reply = self.person.json("POST", "/messages", said, (202,))
        self.person.says(f"closed the task: message {reply['message_id']}")
        self.will_show(self.person, "the closed task", lambda task: task["lifecycle"] == "closed")

    def hide(self) -> None:
        sha = self.brought
        self.coder.ask("DELETE", f"/projects/{self.project}/versions/{sha}", wanted=(200, 202))
        self.coder.says(f"hid version {sha[:7]}")
        hidden: IsThere = lambda task: has([each for each in task["versions"] if each["is_hidden"]], "sha", sha)  # noqa: E731
        self.will_show(self.coder, "that it is hidden", hidden)


def has(entries: list[dict[str, Any]], name: str, value: str) -> bool:
    return any(entry.get(name) == value for entry in entries)


def expect(is_so: object, what: str) -> None:
    if not is_so:
        raise Surprised(f"This should be so, and is not: {what}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.end_to_end.external_agents", description=__doc__)
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
