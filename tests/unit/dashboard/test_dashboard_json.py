"""The JSON: what it says of the example, that it is whole, and that docs/dashboard.md names every field of it."""

import hashlib
import json
from pathlib import Path

import pytest

from dashboard import render as batches
from dashboard.reference import reference
from dashboard.stats_document import Index, Stats
from dashboard.task_document import TaskDocument, Tasks
from tests.unit.action.ledger.example_ledger import LIGHTS, PAGE_2, SALES, SIGNS, START, commit_id
from tests.unit.dashboard.rendering import Read, Rendering

ROOT = Path(__file__).parents[3]
PRICES = {"gemini-3.8-flash": {"input": 0.5, "output": 2.0}}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_files__are_what_the_models_say(rendered: Rendering, out: Path) -> None:
    rendered()
    Stats.model_validate_json((out / "api/stats.json").read_bytes())
    Tasks.model_validate_json((out / "api/tasks.json").read_bytes())
    Index.model_validate_json((out / "api/index/1.json").read_bytes())
    for path in (out / "api/tasks").iterdir():
        assert TaskDocument.model_validate_json(path.read_bytes()).version == 1


def test_the_documentation__names_every_field() -> None:
    text = (ROOT / "docs/dashboard.md").read_text()
    assert text.endswith(reference()), "Run python -m dashboard.reference, and put its tables at the end of the page."


def test_the_same_ledger__gives_the_same_bytes(rendered: Rendering, out: Path) -> None:
    rendered()
    before = tree(out)
    rendered()
    assert tree(out) == before


def test_processes__give_the_same_bytes_as_one(rendered: Rendering, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "TASKS_IN_A_BATCH", 1)
    monkeypatch.setattr(batches, "MOST_PROCESSES", 1)
    rendered()
    before = tree(out)
    monkeypatch.setattr(batches, "MOST_PROCESSES", 2)
    rendered()
    assert tree(out) == before


def test_tasks__are_listed_newest_first(rendered: Rendering, read: Read) -> None:
    rendered()
    tasks = read("api/tasks.json")["tasks"]
    assert [(task["key"], task["status"]) for task in tasks] == [
        (LIGHTS, "failed"),
        (SIGNS, "fallback"),
        (SALES, "live"),
    ]
    sales = tasks[-1]
    assert (sales["passed"], sales["given"], sales["pass_rate"], sales["rounds"]) == (1, 1, 1.0, 2)
    assert (sales["build_count"], sales["version_count"]) == (3, 5)
    assert sales["repo_url"] == "https://github.example/owner/sum-of-sales-5a1e500000"
    assert sales["created_at"] == "2026-11-16T08:59:30Z"


def test_a_task__has_everything(rendered: Rendering, read: Read) -> None:
    rendered(prices=PRICES)
    task = read(f"api/tasks/{SALES}.json")
    first, second, revised = task["builds"]
    assert [build["status"] for build in task["builds"]] == ["live"] * 3
    assert (first["round"], first["seconds_to_callback"], first["is_success"]) == (1, 118.0, True)
    assert (first["cost"], first["input_tokens"], first["output_tokens"]) == (0.0185, 5000, 8000)
    assert first["screenshots"]["mobile"].endswith(f"{first['build_id']}/mobile.webp")
    assert second["screenshots"] == {"desktop": "", "mobile": ""}
    assert revised["revision"] == next(each["id"] for each in task["messages"] if each["revise"])
    record = first["records"][0]
    assert [phase["name"] for phase in record["phases"]] == ["generate", "publish", "deploy", "verify", "check"]
    assert record["contract"]["assertions"][0]["states"] == ["fail", "pass"]
    assert [attempt["delivered"] for attempt in record["callbacks"]] == [False, True]
    assert task["latest"]["commit_sha"] == commit_id("sales 3")
    assert task["latest"]["at"].startswith("2026-11-16T12:0")


def test_the_timeline__has_agents_the_coders_steps_and_what_others_pushed(rendered: Rendering, read: Read) -> None:
    rendered()
    messages = read(f"api/tasks/{SALES}.json")["messages"]
    assert [each["at"] for each in messages] == sorted(each["at"] for each in messages)
    assert [(each["role"], each["kind"]) for each in messages][:6] == [
        ("generator", "message"),
        ("coder", "received"),
        ("coder", "attempts"),
        ("coder", "published"),
        ("coder", "live"),
        ("coder", "callback"),
    ]
    assert "2: attempt 2 (kept)" in messages[2]["text"]
    assert messages[5]["text"] == "The callback was accepted at attempt 2, 118 s after the request."
    evaluator = next(each for each in messages if each["role"] == "evaluator")
    assert evaluator["metrics"] == {"passed": 2.0, "failed": 0.0, "score": 0.925}
    assert (messages[-1]["role"], messages[-1]["kind"]) == ("visitor", "pushed")
    assert messages[-1]["url"].endswith(f"/commit/{commit_id('sales 4')}")
    assert len({each["id"] for each in messages}) == len(messages)


def test_failures__are_on_the_timeline_in_three_parts(rendered: Rendering, read: Read) -> None:
    rendered()
    task = read(f"api/tasks/{LIGHTS}.json")
    failure = task["messages"][-1]
    assert (failure["kind"], failure["outcome"]) == ("failure", "failed")
    assert failure["text"] == (
        "GitHub refused the publishing token. Likely cause: it has expired. "
        "Next step: Make a new one and set TARGET_TOKEN."
    )
    assert (task["status"], task["project"], task["versions"]) == ("failed", "", [])


def test_versions__are_in_order_with_their_results_and_files(rendered: Rendering, read: Read, out: Path) -> None:
    rendered()
    versions = read(f"api/tasks/{SALES}.json")["versions"]
    assert [each["sha"] for each in versions] == [commit_id(f"sales {number}") for number in range(5)]
    assert [each["given"] for each in versions] == [0, 1, 2, 1, 0]
    assert [each["is_ours"] for each in versions] == [True, True, True, True, False]
    page = next(each for each in versions[2]["files"] if each["path"] == "index.html")
    assert (out / "api/files" / SALES / page["sha256"]).read_bytes() == PAGE_2


def test_every_kept_file__can_be_fetched_and_is_what_its_name_says(rendered: Rendering, read: Read, out: Path) -> None:
    rendered()
    wanted = {
        (key, file["sha256"])
        for key in (SALES, SIGNS, LIGHTS)
        for version in read(f"api/tasks/{key}.json")["versions"]
        for file in version["files"]
    } | {(SIGNS, log["sha256"]) for log in read(f"api/tasks/{SIGNS}.json")["logs"]}
    present = {(path.parent.name, path.name) for path in (out / "api/files").glob("*/*")}
    assert present == wanted
    for key, name in present:
        assert hashlib.sha256((out / "api/files" / key / name).read_bytes()).hexdigest() == name


def test_statistics(rendered: Rendering, read: Read) -> None:
    rendered(prices=PRICES, running=[{"build_id": "a" * 20, "run_url": "https://github.example/r/1", "later": 1}])
    stats = read("api/stats.json")
    assert (stats["tasks"], stats["builds"], stats["successes"], stats["success_rate"]) == (3, 5, 3, 0.6)
    assert stats["tasks_by_status"] == {"failed": 1, "fallback": 1, "live": 1}
    assert (stats["mean_pass_rate"], stats["delivered"]) == (0.75, 4)
    assert (stats["mean_seconds_to_callback"], stats["p95_seconds_to_callback"]) == (170.8, 400.0)
    assert (stats["cost"], stats["unpriced_builds"]) == (0.074, 0)
    assert (stats["running_now"], stats["running"][0]["build_id"]) == (1, "a" * 20)
    assert [(day["date"], day["builds"], day["successes"]) for day in stats["days"]] == [
        (str(START.date()), 3, 3),
        ("2026-11-17", 1, 0),
        ("2026-11-18", 1, 0),
    ]


def test_without_prices__costs_are_at_list_prices(rendered: Rendering, read: Read) -> None:
    rendered()
    cost = read(f"api/tasks/{SALES}.json")["builds"][0]["cost"]
    assert cost == round((5000 * 0.75 + 8000 * 3.75) / 1_000_000, 6)
    assert read("api/stats.json")["cost"] > cost


def test_the_digest__changes_with_any_task(rendered: Rendering, read: Read, ledger: Path) -> None:
    rendered()
    before = read("api/stats.json")["digest"]
    message = next(ledger.glob(f"tasks/{SALES}/messages/*.json"))
    message.write_text(json.dumps({**json.loads(message.read_text()), "at": "2026-11-19T10:00:00Z"}))
    rendered()
    assert read("api/stats.json")["digest"] != before


def test_the_index__holds_rows_in_pieces(rendered: Rendering, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.api.ROWS_IN_A_PIECE", 2)
    rendered()
    pieces = [read("api/index/1.json"), read("api/index/2.json")]
    assert [piece["pieces"] for piece in pieces] == [2, 2]
    rows = [dict(zip(piece["columns"], row, strict=True)) for piece in pieces for row in piece["rows"]]
    tasks = read("api/tasks.json")["tasks"]
    assert rows == [{name: task[name] for name in pieces[0]["columns"]} for task in tasks]


def test_what_the_ledger_must_not_hold__goes_no_further(rendered: Rendering, ledger: Path, out: Path) -> None:
    for path in ledger.glob("tasks/*/*/*/*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "nonce": "a-nonce", "email": "a@example.org"}))
    rendered()
    assert not [path for path, body in tree(out).items() if b"a-nonce" in body or b"a@example.org" in body]


def test_the_publishing_tokens_end__is_the_one_that_the_newest_published_build_was_told(
    rendered: Rendering, read: Read, ledger: Path
) -> None:
    rendered()
    assert read("api/stats.json")["token_expires_at"] is None
    records = [(path, json.loads(path.read_text())) for path in ledger.glob("tasks/*/builds/*/*.json")]
    newest = max(record["received_at"] for _, record in records if record["publication"])
    for path, record in records:
        published = "2027-03-01T12:30:00Z" if record["received_at"] == newest else "2026-12-01T12:30:00Z"
        path.write_text(json.dumps({**record, "token_expires_at": published if record["publication"] else None}))
    rendered()
    assert read("api/stats.json")["token_expires_at"] == "2027-03-01T12:30:00Z"
