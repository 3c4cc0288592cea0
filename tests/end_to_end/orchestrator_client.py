"""A client of an orchestrator, written from the list of its paths: an address and a key are all that it has.

`python -m tests.end_to_end.orchestrator_client URL KEY` plays a whole cycle and says what it saw.
"""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from typing import Any

import requests

CODE = 'print("accuracy", 0.75)\n'
SECONDS = 900.0
EVERY_S = 1.0


class Client:
    """Speaks the paths."""

    def __init__(self, url: str, key: str, seconds: float = SECONDS) -> None:
        self._url, self._seconds = url.rstrip("/"), seconds
        self._session = requests.Session()
        self._session.headers["X-API-KEY"] = key

    def get(self, path: str, **query: Any) -> Any:
        """Return what a path answers, as JSON."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        """Send JSON."""
        return self._answer("POST", path, json=body)

    def form(self, path: str, files: Any = None, **fields: Any) -> Any:
        """Send a form, with files or without."""
        return self._answer("POST", path, data=fields, files=files)

    def put(self, path: str, **body: Any) -> Any:
        """Send JSON to change something."""
        return self._answer("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        """Delete."""
        return self._answer("DELETE", path)

    def bytes_of(self, path: str) -> bytes:
        """Download."""
        answer = self._session.get(f"{self._url}{path}", timeout=60)
        answer.raise_for_status()
        return answer.content

    def wait(self, what: str, look: Callable[[], Any]) -> Any:
        """Ask until there is an answer; 404 means not yet."""
        end = time.monotonic() + self._seconds
        while True:
            try:
                if found := look():
                    print(f"  {what}")
                    return found
            except requests.HTTPError as error:
                if error.response.status_code != 404:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(what)
            time.sleep(EVERY_S)

    def _answer(self, method: str, path: str, **more: Any) -> Any:
        answer = self._session.request(method, f"{self._url}{path}", timeout=60, **more)
        if not answer.ok and answer.status_code != 404:
            print(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        answer.raise_for_status()
        assert answer.status_code == 200
        return answer.json()


def cycle(client: Client) -> str:
    """Play a Generator, a Coder and an Evaluator; return the task's id."""
    assert client.get("/healthcheck")["status"] == "ok"
    made = client.post("/upload_task", title="Count the words", description="A program that counts.", status="open")
    task = made["task_id"]
    first = code(client, task)
    run(client, task)
    said(client, task)
    listed(client, task)
    second = second_version(client, task, first)
    hide(client, task, second)
    client.put(f"/update_task/{task}", status="completed")
    client.wait("the task is closed", lambda: client.get(f"/get_task/{task}")["status"] == "closed")
    assert task in {each["task_id"] for each in client.get("/get_tasks", status="completed")["tasks"]}
    assert client.get("/stats")["tasks"] >= 1
    return str(task)


def code(client: Client, task: str) -> Any:
    """Upload a program, and read it back."""
    file = {"file_content": ("main.py", CODE.encode(), "text/x-python")}
    uploaded = client.form("/upload_code", files=file, task_id=task, message="Count")
    assert uploaded["task_id"] == task
    found = client.wait("version 1 is published", lambda: client.get(f"/get_code/{task}/1"))
    assert (found["filename"], found["file_content"]) == ("main.py", CODE)
    assert client.get(f"/get_code/{task}")["commit"] == found["commit"]
    assert client.get(f"/get_code/{task}/{uploaded['version']}")["version"] == 1
    with zipfile.ZipFile(io.BytesIO(client.bytes_of(f"/download_code/{task}/latest"))) as archive:
        [name] = [each for each in archive.namelist() if each.endswith("/main.py")]
        assert archive.read(name).decode() == CODE
    return found


def run(client: Client, task: str) -> None:
    """Run the program, and stop another one."""
    container = client.post("/spawn_container", task_id=task)["container_id"]
    ended = ("completed", "failed", "stopped")

    def status(name: str) -> Any:
        return client.get(f"/container_status/{name}")

    found = client.wait("the program has run", lambda: (seen := status(container))["status"] in ended and seen)
    assert (found["status"], found["exit_code"], found["stdout"]) == ("completed", 0, "accuracy 0.75\n"), found
    slow = client.post("/spawn_container", task_id=task, command="sleep 250")["container_id"]
    client.wait("a slow one runs", lambda: status(slow)["status"] == "running")
    client.delete(f"/container/{slow}")
    found = client.wait("it is stopped", lambda: (seen := status(slow))["status"] in ended and seen)
    assert found["status"] == "stopped", found


def said(client: Client, task: str) -> None:
    """Say something, measure something, judge something."""
    client.form("/upload_message", task_id=task, sender="Coder", file_content="The first version is there.")
    logs = {"raw_logs": ("eval.log", b"epoch 1\nepoch 2\n", "text/plain")}
    client.form("/upload_results", files=logs, task_id=task, accuracy="0.75", loss="0.5")
    client.post("/upload_feedback", task_id=task, feedback="Count lines, too.")


def listed(client: Client, task: str) -> None:
    """See all of it in the lists."""
    found = client.wait(
        "the task is collected", lambda: (seen := client.get(f"/get_task/{task}"))["is_collected"] and seen
    )
    assert (found["title"], found["description"]) == ("Count the words", "A program that counts.")
    results = client.wait("results are", lambda: client.get(f"/get_results/{task}")["results"])
    assert (results[0]["accuracy"], results[0]["loss"]) == (0.75, 0.5)
    assert results[0]["raw_logs"].endswith("epoch 2")
    assert client.get(f"/get_latest_results/{task}")["result"] == results[0]
    feedback = client.wait("feedback is", lambda: client.get(f"/get_feedback/{task}")["feedback"])
    assert (feedback[0]["text"], feedback[0]["role"]) == ("Count lines, too.", "evaluator")

    def told(path: str, name: str) -> set[str]:
        return {each[name] for each in client.get(f"/get_{path}/{task}")[path]}

    client.wait("messages are", lambda: "The first version is there." in told("messages", "text"))
    client.wait("logs are", lambda: told("logs", "filename") >= {"eval.log", "stdout.txt"})
    assert client.bytes_of(f"/download_log/{task}/eval.log") == b"epoch 1\nepoch 2\n"


def second_version(client: Client, task: str, first: Any) -> Any:
    """Upload more, as JSON; the first version stays as it was."""
    client.post("/upload_code", task_id=task, filename="lines.py", file_content="print(2)\n")
    found = client.wait("version 2 is published", lambda: client.get(f"/get_code/{task}/2"))
    assert {"main.py", "lines.py"} <= found["files"].keys()
    assert client.get(f"/get_code/{task}/1")["commit"] == first["commit"] != found["commit"]
    return found


def hide(client: Client, task: str, version: Any) -> None:
    """Delete a version: lists leave it out, and git keeps it."""
    [listed_as] = [each for each in version["versions"] if each["commit"] == version["commit"]]
    assert "Nothing is deleted" in client.delete(f"/delete_code/{listed_as['id']}")["message"]
    client.wait("version 2 is hidden", lambda: client.get(f"/get_code/{task}/latest")["version"] == 1)
    assert [each["version"] for each in client.get(f"/get_code/{task}", hidden=True)["versions"]] == [2, 1]


if __name__ == "__main__":
    print(f"The cycle is complete: task {cycle(Client(sys.argv[1], sys.argv[2]))}")
