"""A task in which everything that others write tries to run: names, words, files, addresses."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from action.ledger.layout import build_folder, canonical, command_path, file_path, message_path, version_path
from action.ledger.models import Command, KeptText, Log, Message, Version, VersionFile
from bench.ledger_records import BUILD, KEY, record_text

HOSTILE_KEY = "e" * 20
AT = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
RUN = "document.documentElement.dataset.pwned = 'yes'"
MARKUP = f"""</script></td></pre><script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}">&lt;b&gt;"""
PAGE = f'<!doctype html><title>x</title><script>{RUN}</script>\n<p onclick="{RUN}">{MARKUP}\n'
DRAWING = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>{RUN}</script><path d="M0 0h9v9"/></svg>'
SHAS = ("1" * 40, "2" * 40)
FILES = {
    SHAS[0]: {"index.html": "<p>before\n", "<img src=x onerror=alert(1)>.md": "# before\n"},
    SHAS[1]: {"index.html": PAGE, "<img src=x onerror=alert(1)>.md": f"# {MARKUP}\n", "drawing.svg": DRAWING},
}


def write_hostile(ledger: Path) -> None:
    """Add the task to a ledger."""
    for path, body in {**record(), **words(), **versions()}.items():
        (ledger / path).parent.mkdir(parents=True, exist_ok=True)
        (ledger / path).write_bytes(body)


def poisoned(value: Any) -> Any:
    """Return a part of a record in which each text is hostile, except those that have a form of their own."""
    if isinstance(value, dict):
        kept = {"id", "started_at", "at", "state", "commit_sha", "outcome", "repository"}
        return {key: each if key in kept else poisoned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return "javascript:" + RUN + MARKUP if isinstance(value, str) else value


def record() -> dict[str, bytes]:
    """Return a build whose every text is hostile."""
    document = json.loads(record_text("held_back", 0, 1).replace(KEY, HOSTILE_KEY))
    parts = ["subject", "phases", "generation", "contract", "publication", "deployment", "callbacks", "live", "run"]
    parts += ["brief", "checks"]
    document |= {name: poisoned(document[name]) for name in parts}
    document["deployment"]["commits"] = [SHAS[1]]
    document["failures"] = [dict.fromkeys(("phase", "code", "what", "cause", "next_step"), MARKUP)]
    return {f"{build_folder(HOSTILE_KEY, BUILD)}/1-1.json": json.dumps(document).encode()}


def words() -> dict[str, bytes]:
    """Return messages with a log, and a command."""
    body = MARKUP.encode()
    text = KeptText.of(body)
    about = {"task_key": HOSTILE_KEY, "at": AT, "role": "evaluator", "text": MARKUP * 20}
    log = Log(name="run.log", **text.model_dump())
    messages = [
        Message(id="f" * 20, revise=True, **about),
        Message(id="d" * 20, kind="result", metrics={"constructor": 1.0, "accuracy": 0.5}, log=log, **about),
    ]
    fields = {"task_key": HOSTILE_KEY, "at": AT, "project": "owner/page", "run": {"url": f"javascript:{RUN}"}}
    command = Command.model_validate(
        {**fields, "job_id": "c" * 20, "command": MARKUP, "error": MARKUP, "stdout": text.model_dump()}
    )
    return {
        **{message_path(message): canonical(message) for message in messages},
        command_path(command): canonical(command),
        file_path(HOSTILE_KEY, text.sha256): body,
    }


def versions() -> dict[str, bytes]:
    """Return two versions with their files."""
    found: dict[str, bytes] = {}
    for sha, texts in FILES.items():
        bodies = {path: text.encode() for path, text in texts.items()}
        files = [
            VersionFile(path=path, size=len(body), sha256=hashlib.sha256(body).hexdigest(), is_kept=True, is_text=True)
            for path, body in bodies.items()
        ]
        version = Version(
            task_key=HOSTILE_KEY,
            project="owner/hostile",
            sha=sha,
            parent="" if sha == SHAS[0] else SHAS[0],
            committed_at=AT.replace(minute=int(sha[0])),
            subject=MARKUP,
            is_ours=False,
            files=files,
        )
        found[version_path(HOSTILE_KEY, sha)] = canonical(version)
        found |= {file_path(HOSTILE_KEY, file.sha256): bodies[file.path] for file in files}
    return found
