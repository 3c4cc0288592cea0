"""Runs, jobs, logs and artifacts over the API."""

import io
import zipfile
from pathlib import Path

import pytest

from embedded.github.core import GitHub
from embedded.github.store import Document, Store
from embedded.github.times import timestamp
from tests.unit.embedded.github.doubles import Api, FakeRuns

SITE = "/repos/alice/site/actions"


@pytest.fixture
def run(github: GitHub, repo: Document) -> Document:
    """A completed run with one job that has a log."""
    sha = github.git(repo).resolve("main")
    run = {
        "id": 7,
        "repo": "alice/site",
        "workflow_path": ".github/workflows/build.yml",
        "workflow_name": "Build",
        "event": "push",
        "payload": {},
        "run_name": "build abc",
        "head_sha": sha,
        "head_branch": "main",
        "actor": "alice",
        "run_attempt": 1,
        "run_number": 3,
        "status": "completed",
        "conclusion": "success",
        "created_at": "2026-11-20T05:36:22Z",
        "run_started_at": "2026-11-20T05:36:22Z",
        "updated_at": "2026-11-20T05:36:32Z",
    }
    github.store.put("run", "7", run)
    add_job(github, 8)
    return run


def add_job(github: GitHub, number: int) -> None:
    step = {"number": 1, "name": "Write", "status": "completed", "conclusion": "success"}
    times = {"started_at": "2026-11-20T05:36:23Z", "completed_at": "2026-11-20T05:36:30Z"}
    job = {
        "id": number,
        "run_id": 7,
        "run_attempt": 1,
        "job_key": "generate",
        "name": "Write the files",
        "status": "completed",
        "conclusion": "success",
        "steps": [{**step, **times}],
        "permissions": {"contents": "read"},
        "annotations": [{"level": "error", "title": "E-1", "message": "<b>bad</b>"}],
        **times,
    }
    github.store.put("job", str(number), job)
    log = github.store.data / "runs" / "7" / "1" / f"{number}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("2026-11-20T05:36:23.0000000Z ##[group]Run <x>\n2026-11-20T05:36:23.0000000Z inner\n##[endgroup]\n")


@pytest.fixture
def artifact(github: GitHub, run: Document, tmp_path: Path) -> Document:
    path = tmp_path / "1.zip"
    path.write_bytes(b"zip bytes")
    artifact = {
        "id": 1,
        "run_id": 7,
        "repo": "alice/site",
        "name": "record",
        "size": 9,
        "digest": "0" * 64,
        "path": str(path),
        "created_at": "2026-11-20T05:36:22Z",
        "expires_at": "2099-11-20T05:36:22Z",
        "finalized": True,
    }
    github.store.put("artifact", "1", artifact)
    return artifact


def test_run__is_shown_with_its_jobs(api: Api, run: Document) -> None:
    assert api("GET", f"{SITE}/runs/7").json["display_title"] == "build abc"
    jobs = api("GET", f"{SITE}/runs/7/jobs").json
    assert [job["name"] for job in jobs["jobs"]] == ["Write the files"]
    assert api("GET", f"{SITE}/jobs/8").json["steps"][0]["conclusion"] == "success"
    assert api("GET", f"{SITE}/runs/8").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "event=push",
        "branch=main",
        "status=completed",
        "status=success",
        "actor=alice",
        "created=>=2026-11-20",
        "created=2026-11-20",
        "created=2026-11-01..2026-11-30",
        "created=>2026-11-20T05:36:21Z",
    ],
)
def test_runs__that_match_the_filter_are_listed(api: Api, run: Document, query: str) -> None:
    assert api("GET", f"{SITE}/runs?{query}").json["total_count"] == 1


@pytest.mark.parametrize(
    "query",
    ["event=x", "branch=x", "status=queued", "actor=bob", "head_sha=x", "created=<2026-11-20", "created=>2027-01-01"],
)
def test_runs__that_do_not_match_the_filter_are_left_out(api: Api, run: Document, query: str) -> None:
    assert api("GET", f"{SITE}/runs?{query}").json["total_count"] == 0


def test_runs__filter_by_commit_and_refuse_a_bad_date(api: Api, run: Document) -> None:
    assert api("GET", f"{SITE}/runs?head_sha={run['head_sha']}").json["total_count"] == 1
    assert api("GET", f"{SITE}/runs?created=yesterday").status_code == 422


@pytest.mark.parametrize("query", ["head_sha={head_sha}", "event=push", "branch=main", "status=completed"])
def test_runs__a_list_with_a_filter_learns_of_a_run_late(
    api: Api, run: Document, store: Store, github: GitHub, query: str
) -> None:
    store.put("run", "9", {**run, "id": 9, "created_at": timestamp()})
    wanted = f"{SITE}/runs?{query.format(**run)}"
    assert [each["id"] for each in api("GET", wanted).json["workflow_runs"]] == [7]
    assert [each["id"] for each in api("GET", f"{SITE}/runs").json["workflow_runs"]] == [9, 7]
    github.index_seconds = 0
    assert [each["id"] for each in api("GET", wanted).json["workflow_runs"]] == [9, 7]


def test_runs__come_newest_first_in_pages(api: Api, run: Document, store: Store) -> None:
    store.put("run", "9", {**run, "id": 9})
    first = api("GET", f"{SITE}/runs?per_page=1")
    assert [each["id"] for each in first.json["workflow_runs"]] == [9]
    assert 'rel="next"' in first.headers["Link"]


def test_runs__of_another_repository_are_not_found(api: Api, run: Document, github: GitHub) -> None:
    api("POST", "/user/repos", {"name": "other"})
    assert api("GET", "/repos/alice/other/actions/runs/7").status_code == 404
    assert api("GET", "/repos/alice/other/actions/jobs/8").status_code == 404


def test_log__is_behind_an_address_that_needs_no_token(api: Api, anonymous: Api, run: Document, github: GitHub) -> None:
    reply = api("GET", f"{SITE}/jobs/8/logs")
    assert reply.status_code == 302
    path = reply.headers["Location"].removeprefix(github.web_url)
    assert "##[group]Run <x>" in anonymous.client.get(path).text


@pytest.mark.parametrize(
    "state", [("queued", None), ("in_progress", None), ("completed", "cancelled"), ("completed", "skipped")]
)
def test_log__of_a_job_that_has_none_is_missing_in_the_store_only(
    api: Api, anonymous: Api, run: Document, github: GitHub, state: tuple[str, str | None]
) -> None:
    with github.store.change("job", "8") as job:
        job.update(status=state[0], conclusion=state[1])
    if state[1] == "skipped":
        (github.store.data / "runs" / "7" / "1" / "8.log").unlink()
    reply = anonymous.client.get(api("GET", f"{SITE}/jobs/8/logs").headers["Location"].removeprefix(github.web_url))
    assert (reply.status_code, "<Code>BlobNotFound</Code>" in reply.text) == (404, True)
    assert api("GET", f"{SITE}/jobs/99/logs").status_code == 404


def test_log__address_is_refused_when_changed_or_old(api: Api, anonymous: Api, run: Document, github: GitHub) -> None:
    path = api("GET", f"{SITE}/jobs/8/logs").headers["Location"].removeprefix(github.web_url)
    assert anonymous.client.get(path.replace("/8?", "/9?")).status_code == 403
    assert anonymous.client.get(path.replace("until=", "until=9")).status_code == 403


def test_log__without_any_token_is_refused(anonymous: Api, run: Document) -> None:
    reply = anonymous("GET", f"{SITE}/jobs/8/logs")
    assert (reply.status_code, reply.json["message"]) == (403, "Must have admin rights to Repository.")


def test_logs_of_a_run__are_one_zip(api: Api, anonymous: Api, run: Document, github: GitHub) -> None:
    path = api("GET", f"{SITE}/runs/7/logs").headers["Location"].removeprefix(github.web_url)
    with zipfile.ZipFile(io.BytesIO(anonymous.client.get(path).data)) as archive:
        assert archive.namelist() == ["0_Write the files.txt"]


def test_cancel_and_rerun__are_passed_on_in_the_right_state(
    api: Api, run: Document, github: GitHub, store: Store
) -> None:
    assert api("POST", f"{SITE}/runs/7/cancel").status_code == 409
    assert api("POST", f"{SITE}/runs/7/rerun").status_code == 201
    store.put("run", "7", {**run, "status": "in_progress", "conclusion": None})
    assert api("POST", f"{SITE}/runs/7/rerun-failed-jobs").status_code == 403
    assert api("POST", f"{SITE}/runs/7/cancel").status_code == 202
    assert isinstance(github.runs, FakeRuns)
    assert github.runs.asked == [("rerun", 7), ("cancel", 7)]


def test_artifacts__are_listed_shown_and_downloaded(
    api: Api, anonymous: Api, artifact: Document, github: GitHub
) -> None:
    for path in ("/runs/7/artifacts", "/artifacts", "/artifacts?name=record"):
        assert [each["name"] for each in api("GET", f"{SITE}{path}").json["artifacts"]] == ["record"]
    assert api("GET", f"{SITE}/artifacts?name=other").json["total_count"] == 0
    assert api("GET", f"{SITE}/artifacts/1").json["digest"] == "sha256:" + "0" * 64
    path = api("GET", f"{SITE}/artifacts/1/zip").headers["Location"].removeprefix(github.web_url)
    assert anonymous.client.get(path).data == b"zip bytes"


def test_artifacts__expired_ones_are_gone_and_unfinished_ones_are_not_there(
    api: Api, artifact: Document, store: Store
) -> None:
    store.put("artifact", "1", {**artifact, "expires_at": "2020-01-01T00:00:00Z"})
    assert api("GET", f"{SITE}/artifacts/1/zip").status_code == 410
    store.put("artifact", "1", {**artifact, "finalized": False})
    assert api("GET", f"{SITE}/artifacts/1").status_code == 404


def test_run_pages__show_what_happened_and_escape_it(anonymous: Api, run: Document, github: GitHub) -> None:
    client = anonymous.client
    (github.store.data / "runs" / "7" / "1" / "summary.md").write_text("# Story\n\n<script>alert(1)</script>\n")
    for path in ("", "/runs/7", "/runs/7/attempts/1", "/runs/7/job/8"):
        reply = client.get(f"/alice/site/actions{path}")
        assert reply.status_code == 200
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    text = client.get("/alice/site/actions/runs/7").text
    assert "<h1>Story</h1>" in text
    assert "<script>" not in text
    assert "&lt;b&gt;bad" in text
    assert "<summary><time>05:36:23</time>" in client.get("/alice/site/actions/runs/7/job/8").text


def test_a_job_can_be_run_again(api: Api, run: Document, github: GitHub) -> None:
    assert api("POST", f"{SITE}/jobs/8/rerun").status_code == 201
    assert isinstance(github.runs, FakeRuns)
    assert github.runs.asked == [("rerun", 7, [8])]
    assert api("POST", f"{SITE}/jobs/9/rerun").status_code == 404


def test_failed_jobs_can_be_run_again__the_others_are_left(
    api: Api, run: Document, github: GitHub, store: Store
) -> None:
    job = store.get("job", "8") or {}
    store.put("job", "10", {**job, "id": 10, "job_key": "publish", "conclusion": "cancelled"})
    store.put("job", "11", {**job, "id": 11, "job_key": "check", "conclusion": "skipped"})
    assert job["conclusion"] == "success"
    assert api("POST", f"{SITE}/runs/7/rerun-failed-jobs").status_code == 201
    assert isinstance(github.runs, FakeRuns)
    assert github.runs.asked == [("rerun", 7, [10])]


def test_annotations__are_those_of_the_check_run_of_a_job(anonymous: Api, run: Document) -> None:
    [note] = anonymous("GET", "/repos/alice/site/check-runs/8/annotations").json
    assert (note["annotation_level"], note["path"], note["message"]) == ("failure", ".github", "<b>bad</b>")
    assert anonymous("GET", "/repos/alice/site/check-runs/9/annotations").status_code == 404


def test_a_run_is_deleted_with_its_jobs_and_artifacts(
    api: Api, github: GitHub, run: Document, artifact: Document
) -> None:
    assert api("DELETE", f"{SITE}/runs/7").status_code == 204
    assert api("GET", f"{SITE}/runs/7").status_code == 404
    assert api("GET", f"{SITE}/artifacts").json["total_count"] == 0
    assert github.store.find("job", run_id=7) == []


def test_a_run_that_has_not_ended_is_not_deleted(api: Api, github: GitHub, run: Document) -> None:
    with github.store.change("run", "7") as document:
        document.update(status="in_progress", conclusion=None)
    assert api("DELETE", f"{SITE}/runs/7").status_code == 403
    assert api("GET", f"{SITE}/runs/7").status_code == 200


@pytest.mark.parametrize(
    ("path", "changes", "status", "message"),
    [
        ("rerun", {"status": "in_progress"}, 403, "This workflow is already running"),
        ("rerun-failed-jobs", {"conclusion": "startup_failure"}, 403, "This workflow run cannot be retried"),
        ("rerun", {}, 403, "Unable to retry this workflow run because it was created over a month ago"),
        ("cancel", {}, 409, "Cannot cancel a workflow run that is completed."),
        ("cancel", {"status": "requested"}, 409, "Cannot cancel a workflow run that has not been queued yet."),
    ],
)
def test_run__that_github_does_not_start_or_cancel(
    api: Api, run: Document, store: Store, path: str, changes: dict[str, str], status: int, message: str
) -> None:
    store.put("run", "7", {**run, "created_at": "2026-01-20T05:36:22Z", **changes})
    refused = api("POST", f"{SITE}/runs/7/{path}")
    assert (refused.status_code, refused.json["message"]) == (status, message)
