"""Jobs that no runner took, and jobs whose runner went away: what their documents say then."""

from pathlib import Path

import pytest

from embedded.actions.act_run import GONE, LOCKED
from embedded.actions.act_stream import ActStream
from embedded.actions.masks import Masks
from embedded.actions.plan import PlannedJob
from embedded.github.store import Document, Store


def planned(key: str) -> PlannedJob:
    return PlannedJob(key, key, (), {}, 10, None, ({"run": "true"},), matrix=False, named=False, environment=None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def stream(store: Store) -> ActStream:
    run: Document = {"id": 1, "run_attempt": 1, "workflow_name": "build"}
    return ActStream(
        store, run, [planned("first"), planned("second")], Masks([]), store.data / "handed", 60.0, lambda _: False
    )


def test_job_that_never_started__has_no_steps_and_says_why(store: Store, stream: ActStream) -> None:
    for tracker in stream.trackers:
        tracker.refuse(LOCKED)
    jobs = store.find("job", run_id=1)
    assert [(job["conclusion"], job["steps"]) for job in jobs] == [("failure", [])] * 2
    assert jobs[0]["annotations"][0]["message"] == LOCKED
    store.close()


def test_runner_that_died__fails_the_job_that_it_had(store: Store, stream: ActStream) -> None:
    stream.line('{"job": "build/first", "jobID": "first", "msg": "⭐ Run Set up job", "stepid": ["--setup-job"]}')
    stream.lose(GONE)
    stream.end(cancelled=False)
    jobs = store.find("job", run_id=1)
    assert [job["conclusion"] for job in jobs] == ["failure", "skipped"]
    assert jobs[0]["annotations"][0]["message"] == GONE
    assert jobs[1]["annotations"] == []
    store.close()
