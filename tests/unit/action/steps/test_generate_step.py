"""The step that writes the files: one record goes from the request into the bundle, also when the work fails."""

import base64
import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
import responses

from action.console import Console
from action.errors import RepositoryMissing
from action.generate.tools import Outcome, Tools
from action.job.settings import Runner
from action.record import BuildRecord, Generation
from action.site import bundle
from action.steps import generate
from receiver.task import BuildRequest, Keys

SECRET = "a secret for tests"


@pytest.fixture
def environ(tmp_path: Path, request_: BuildRequest) -> dict[str, str]:
    request = request_.model_copy(update={"received_at": datetime.now(UTC)})
    payload = request.payload(request.seal(Keys.derive(SECRET, b"s" * 16)))
    (tmp_path / "event.json").write_text(json.dumps({"client_payload": json.loads(payload.model_dump_json())}))
    return {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "STUDENT_SECRET": SECRET,
        "GEMINI_API_KEY": "made-up-key",
        "MAX_CANDIDATES": "0",
    }


def test_what_the_request_says_and_what_the_work_did_are_in_one_record(
    environ: dict[str, str], tmp_path: Path, request_: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
        assert (tools.license_holder, tools.budget.candidates) == ("owner", 0)
        record.generation = Generation(files=1)
        return Outcome({"index.html": b"<p>1", "data.csv": b"a,b\r\n1,2\r\n"})

    monkeypatch.setattr("action.steps.generate.generate", work)
    generate.run(environ, Console(StringIO()))
    digest = (tmp_path / "output").read_text().split("digest<<")[1].splitlines()[1]
    found = bundle.read(tmp_path / "pagewright" / "bundle", request_, digest)
    assert set(found.files) == {"index.html", "data.csv"}
    for folder in (tmp_path / "pagewright" / "bundle", tmp_path / "pagewright"):
        record = BuildRecord.load(folder / "record.json")
        assert (record.brief, record.generation) == ("Add the numbers of data.csv.", Generation(files=1))
        assert record.subject is not None
    assert (tmp_path / "summary.md").exists()


def test_a_build_that_fails_leaves_its_record_where_the_next_job_looks_for_it(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
        raise RepositoryMissing("It is not there.", "c", "n")

    monkeypatch.setattr("action.steps.generate.generate", work)
    with pytest.raises(RepositoryMissing):
        generate.run(environ, Console(StringIO()))
    record = BuildRecord.load(tmp_path / "pagewright" / "bundle" / "record.json")
    assert [failure.what for failure in record.failures] == ["It is not there."]
    assert record.brief == "Add the numbers of data.csv."
    assert "build-id<<" in (tmp_path / "output").read_text()


DAY = date(2026, 11, 28)
STATS = {"days": [{"date": "2026-11-27", "cost": 9.0}, {"date": "2026-11-28", "cost": 1.25}]}


@pytest.mark.parametrize(
    ("status", "body", "spent"),
    [
        (200, STATS, 1.25),
        (200, {"days": STATS["days"][:1]}, 0.0),
        (200, {"days": [{"date": "2026-11-28"}]}, None),
        (200, {"days": 7}, None),
        (200, "no JSON", None),
        (404, {}, None),
        (403, {}, None),
    ],
)
def test_what_a_day_has_cost_is_what_the_dashboard_says(status: int, body: object, spent: float | None) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    wrapped = {"type": "file", "encoding": "base64", "content": base64.encodebytes(text.encode()).decode()}
    environ = {"RUNNER_TEMP": "/t", "GITHUB_EVENT_PATH": "/e", "GITHUB_REPOSITORY": "owner/runner"}
    with responses.RequestsMock() as http:
        query = responses.matchers.query_param_matcher({"ref": "dashboard-data"})
        url = "https://api.github.com/repos/owner/runner/contents/api/stats.json"
        http.get(url, json=wrapped if status == 200 else body, status=status, match=[query])
        assert generate.spent_on(DAY, Runner.model_validate(environ), "made-up") == spent
