"""Several tasks at once, over HTTP: the same one twice, a callback that is refused, a large one, a receiver killed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.system.system import System
from tests.embedded.senders import Sender, attachment, git, no_browser, record_of

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Built:
    """Four tasks, one of them sent twice; what was sent, and called back."""

    plain: dict[str, Any]
    twice: dict[str, Any]
    build_ids_of_twice: tuple[str, str]
    refused: dict[str, Any]
    large: dict[str, Any]
    content: bytes
    callbacks: dict[str, list[dict[str, Any]]]

    def called_back(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        return self.callbacks[task["nonce"]]


@pytest.fixture(scope="module")
def built(sender: Sender, system: System) -> Built:
    """Five builds for four runners, and the receiver is killed right after its last 200."""
    content = secrets.token_bytes(15 * 1024 * 1024)
    plain, twice, refused = (sender.task(brief=f"Write {name}.json.") for name in ("plain", "twice", "refused"))
    large = sender.task(brief="Write large.json.", attachments=[attachment("large.bin", content)])
    sender.callbacks.answers[refused["nonce"]] = [503, 400]
    with no_browser(system):
        build_ids = sender.post(twice), sender.post(twice, "/api-endpoint")
        for task in (plain, refused, large):
            sender.post(task)
        system.receiver.kill()
        counts = ((plain, 1), (twice, 2), (refused, 3), (large, 1))
        callbacks = {task["nonce"]: sender.callbacks.wait(task["nonce"], count) for task, count in counts}
    system.revive_receiver()
    system.receiver.wait_until_ready()
    return Built(plain, twice, build_ids, refused, large, content, callbacks)


def test_tasks_at_once_all_finish(built: Built, sender: Sender) -> None:
    files = {"plain": built.plain, "twice": built.twice, "refused": built.refused, "large": built.large}
    callbacks = {name: built.called_back(task)[0] for name, task in files.items()}
    assert len({callback["repo_url"] for callback in callbacks.values()}) == 4
    for name, callback in callbacks.items():
        assert sender.get(callback["pages_url"] + f"{name}.json")
        assert sender.get(callback["pages_url"] + "pagewright-commit.txt").decode().strip() == callback["commit_sha"]


def test_the_same_request_twice_builds_once_and_calls_back_twice(built: Built, clone: Callable[[str], Path]) -> None:
    first, second = built.build_ids_of_twice
    assert first == second
    callbacks = built.called_back(built.twice)
    assert callbacks[0] == callbacks[1]
    history = git(
        "-C", str(clone(callbacks[0]["repo_url"])), "log", "--format=%(trailers:key=Pagewright-Build,valueonly)"
    )
    assert history.decode().split() == [first]


def test_fifteen_megabytes_arrive_byte_for_byte__and_kill_9_after_the_200_loses_nothing(
    built: Built, sender: Sender
) -> None:
    [callback] = built.called_back(built.large)
    assert sender.get(callback["pages_url"] + "large.bin") == built.content


def test_a_callback_that_is_refused_is_sent_again(built: Built) -> None:
    bodies = built.called_back(built.refused)
    assert bodies[0] == bodies[1] == bodies[2]


def test_the_publishing_job_that_runs_again_alone_has_the_files_of_the_first_attempt(
    built: Built, sender: Sender, system: System
) -> None:
    build_id = built.build_ids_of_twice[0]
    runs = system.store.find("run", repo=system.runner)
    named = [run for run in runs if f"build {build_id} " in run["run_name"]]
    assert named, (build_id, [run["run_name"] for run in runs])
    run = named[0]
    [publish] = system.store.find("job", run_id=run["id"], job_key="publish")
    url = f"{system.addresses.api}/repos/{system.runner}/actions/jobs/{publish['id']}/rerun"
    with no_browser(system):
        answer = sender.session.post(
            url, headers={"Authorization": f"Bearer {system.credentials.receiver_token}"}, timeout=10
        )
        assert answer.status_code == 201
        ended = system.actions.wait(run["id"], 120) or {}
    assert (ended["conclusion"], ended["run_attempt"]) == ("success", run["run_attempt"] + 1)
    first = record_of(system.store, run["id"], f"record-{build_id}-{run['run_attempt']}")
    record = record_of(system.store, run["id"], f"record-{build_id}-{ended['run_attempt']}")
    assert record.generation, "it came with the bundle"
    assert record.generation == first.generation
    assert (record.contract, record.failures) == (first.contract, [])
    assert record.publication
    assert not record.publication.is_fallback
    assert record.publication.commit_sha == built.called_back(built.twice)[0]["commit_sha"]
