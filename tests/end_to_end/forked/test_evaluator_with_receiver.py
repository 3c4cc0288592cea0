"""The evaluator with the real receiver: what is built is judged, and later once more with browser and model."""

import json
from pathlib import Path

import pytest

from embedded.system.system import System
from tests.embedded.lesson import Class
from tests.embedded.scripted_model import says, scripted_model
from tests.embedded.senders import no_browser

pytestmark = pytest.mark.timeout(900)
VERDICTS = [
    {"item": 1, "verdict": "pass", "reason": "It has all sections."},
    {"item": 2, "verdict": "fail", "reason": "There is little code."},
    {"item": 3, "verdict": "perhaps", "reason": "Who knows?"},
]


def test_two_students_with_the_real_receiver__one_of_them_in_two_rounds__and_one_page_in_the_browser_with_a_model(
    system: System, tmp_path: Path
) -> None:
    programs = (f"{system.addresses.receiver}/ready", system.secret)
    people = [("ann@x.example", *programs), ("bob@x.example", *programs, "birds-once")]
    hosts = [url.partition("://")[2] for url in (system.addresses.receiver, system.addresses.pages)]
    lesson = Class(
        tmp_path / "class",
        people,
        allowed_hosts=hosts,
        repository_server=system.addresses.web,
        api_url=system.addresses.api,
        browser=False,
    )
    with no_browser(system):
        lesson.run("run")
    summary = lesson.table("summary")
    assert [(row["email"], row["round"], row["callback"]) for row in summary] == [
        ("ann@x.example", "1", "in time"),
        ("ann@x.example", "2", "in time"),
        ("bob@x.example", "1", "in time"),
    ]
    assert summary[0]["repo_url"] == summary[1]["repo_url"] != summary[2]["repo_url"]
    results = lesson.table("results")
    bad = [row for row in results if row["state"] in {"fail", "unclear"} and row["origin"] != "total"]
    assert bad == []
    assert {(row["score"], row["given_score"], row["reason"]) for row in summary if row["round"] == "1"} == {
        ("1.0", "1.0", "given 1 of 2; 1 given not decided")
    }
    found = {(row["round"], row["check"]): row for row in results if row["email"] == "ann@x.example"}
    assert found["1", "The repository was created after the task was sent"]["evidence"].startswith("it was created")
    assert found["2", "The repository is that of the round before, with its history"]["state"] == "pass"
    assert found["2", "notes.txt exists"]["origin"] == "kept"
    assert found["2", "trees.json is valid JSON"]["state"] == "pass"
    assert found["1", "The page is a joy to look at"]["state"] == "not checked"

    lesson.set(browser=True)
    with scripted_model(says(json.dumps(VERDICTS))) as model:
        lesson.run(
            *("check", "--again", "--email", "ann@x.example", "--round", "2"),
            GEMINI_API_KEY="key-of-the-instructor",
            GOOGLE_GEMINI_BASE_URL=model.url,
            GEMINI_MODEL="some-model",
        )
    assert [asked.model for asked in model.asked] == ["some-model"]
    again = {
        row["check"]: row for row in lesson.table("results") if (row["email"], row["round"]) == ("ann@x.example", "2")
    }
    title = next(row for check, row in again.items() if check.startswith("js: document.title"))
    assert (title["origin"], title["state"]) == ("kept", "pass")
    assert [row["state"] for row in again.values() if row["origin"] == "model"] == ["pass", "fail"]
    assert "There is little code." in {row["reason"] for row in again.values()}
    assert not [row for row in again.values() if "browser is switched off" in row["reason"]]
    untouched = {
        row["state"] for row in lesson.table("results") if row["email"] == "bob@x.example" and row["origin"] == "model"
    }
    assert untouched == {"not checked"}
