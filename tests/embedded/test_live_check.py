"""Job 3 through real act: the contract on the live page, after the callback, without a secret; and no model at all."""

import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from action.record import BuildRecord
from embedded.system.system import System
from tests.embedded.scripted_model import fails, scripted_model
from tests.embedded.senders import Sender

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

USED_UP = fails(
    429,
    "RESOURCE_EXHAUSTED",
    details=[
        {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
        }
    ],
)


def record_of(system: System, run_id: int, name: str) -> BuildRecord:
    (artifact,) = system.store.find("artifact", run_id=run_id, name=name)
    with zipfile.ZipFile(artifact["path"]) as archive:
        return BuildRecord.model_validate_json(archive.read("record.json"))


def jobs_of(system: System, run_id: int) -> dict[str, dict[str, Any]]:
    return {job["name"]: job for job in system.store.find("job", run_id=run_id)}


def test_the_live_page_is_checked_after_the_callback_and_is_what_its_files_were(sender: Sender, system: System) -> None:
    task = sender.task(checks=[{"js": "document.title === 'A test'"}, "data.json is there"])
    build_id = sender.post(task)
    run = sender.follow(build_id).run
    jobs = jobs_of(system, run["id"])
    assert [job["conclusion"] for job in jobs.values()] == ["success"] * 3
    before = record_of(system, run["id"], f"record-{build_id}-1")
    assert before.is_delivered
    assert before.contract
    assert before.live is None
    record = record_of(system, run["id"], f"record-{build_id}-1-live")
    assert record.live
    assert record.live.differences == []
    assert record.live.compared == len([a for a in before.contract.assertions if a.state != "unclear"]) > 5
    summary = (system.data.path / "runs" / str(run["id"]) / "1" / "summary.md").read_text()
    verdicts = [line for line in summary.splitlines() if line.startswith("## ")]
    assert [verdict[:6] for verdict in verdicts] == ["## ✓ T", "## ✓ L", "## ✓ T"]
    assert jobs["Check the live page"]["permissions"] == {"contents": "read"}


@pytest.fixture
def no_model(system: System) -> Iterator[list[str]]:
    """For a while the runner repository's variables name three models whose quota of the day is used up."""
    before = dict(system.store.get("variable", system.runner) or {})
    names = ["first", "second", "third"]
    with scripted_model(*[USED_UP] * 3) as server:
        named = {"GEMINI_MODEL": ",".join(names), "GOOGLE_GEMINI_BASE_URL": server.url}
        system.store.put("variable", system.runner, {**before, **named})
        yield names
        system.store.put("variable", system.runner, before)
        assert [asked.model for asked in server.asked] == names


def test_no_model_answers__the_plain_page_is_published_and_called_back_and_the_record_says_degraded(
    sender: Sender, system: System, no_model: list[str]
) -> None:
    task = sender.task()
    build_id = sender.post(task)
    run = sender.follow(build_id).run
    (callback,) = sender.callbacks.of(task["nonce"])
    assert b"No language model answered in time" in sender.get(callback["pages_url"])
    record = record_of(system, run["id"], f"record-{build_id}-1")
    assert next((phase.name, phase.outcome) for phase in record.phases) == ("generate", "degraded")
    assert record.publication
    assert record.publication.is_fallback
    assert record.generation
    assert [call.model for call in record.generation.calls] == no_model
    assert {failure.code for failure in record.failures} == {"E-MODEL-UNAVAILABLE"}
    summary = (system.data.path / "runs" / str(run["id"]) / "1" / "summary.md").read_text()
    assert "## ⚠ Live, and the callback was accepted (plain page)" in summary
