"""Three tasks that are live, and with which something is not as it should be: failing checks, a refusal, a restore."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from action.ledger.layout import build_folder, canonical
from action.record import BuildRecord
from bench.ledger_records import BASE, record_text

FAILING, REFUSED, RESTORED = "fa" * 10, "3e" * 10, "7e" * 10
BUILD_3 = "b3" * 10
FIRST_COMMIT = "1c" * 20
# So long that a browser gives its column all the room, if the words of the others may be broken.
VERDICT = "the deployment of the commit was looked for among those of the environment github-pages, and found; " * 8


def write_states(ledger: Path) -> Path:
    """Write the ledger."""
    revision = {"revision": "f" * 20, "restored": FIRST_COMMIT, "round": 2, "wants_callback": False, "callbacks": []}
    asked = {"task": "tip-splitter", "recipient": "", "title": "The owner said: bring version 1c1c1c1 back."}
    records = [
        changed("checks_fail", FAILING, "b1" * 10, 1),
        changed("refused", REFUSED, "b1" * 10, 1),
        changed("live", RESTORED, "b1" * 10, 1, publication={"commit_sha": FIRST_COMMIT}),
        changed("live", RESTORED, "b2" * 10, 2),
        changed("undecided", RESTORED, BUILD_3, 3, **revision, checks=[], brief="Bring it back.", subject=asked),
    ]
    for path, body in records:
        (ledger / path).parent.mkdir(parents=True, exist_ok=True)
        (ledger / path).write_bytes(body)
    return ledger


def changed(kind: str, key: str, build: str, number: int, **fields: Any) -> tuple[str, bytes]:
    """Return a record of the sample ledger as one of these tasks: one hour after the other, and with other fields."""
    document = json.loads(record_text(kind, 1, min(number, 2), is_revision="revision" in fields))
    document |= {"task_key": key, "build_id": build}
    document["subject"] |= {"task": "tip-splitter"}
    document["phases"][0]["verdict"] = VERDICT
    for name, value in fields.items():
        is_part = isinstance(value, dict) and isinstance(document[name], dict)
        document[name] = document[name] | value if is_part else value
    text = json.dumps(document).replace(f"{BASE:%Y-%m-%dT%H}", f"{BASE + timedelta(hours=number):%Y-%m-%dT%H}")
    return f"{build_folder(key, build)}/{number}-1.json", canonical(BuildRecord.model_validate_json(text))
