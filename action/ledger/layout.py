"""Where everything lies in the ledger, and the one way in which its JSON is written."""

import json
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from action.ledger.models import Command, Lifecycle, Message, Version
from action.record import BuildRecord, Run
from action.site.pictures import DESKTOP, MOBILE

BRANCH = "ledger"
SKIPPED = "skipped.json"
STATES = "states.json"  # of the tasks about whose state somebody said something
SCREENSHOTS = (DESKTOP, MOBILE)
LOG = "log.txt"  # in the artifact of a message
SCHEMAS: dict[str, type[BaseModel]] = {"build": BuildRecord, "message": Message, "run": Command, "version": Version}
README = """# The ledger

What happened to every task: one folder for each in `tasks/`, written by the workflow `dashboard.yml` only.

* `builds/<build id>/<run>-<attempt>.json`: the record of a build ([schema](schema/build.json)), with its screenshots
* `messages/<id>.json`: what agents said and found ([schema](schema/message.json))
* `runs/<job id>.json`: commands that ran in the project ([schema](schema/run.json))
* `versions/<commit>.json`: the commits of the target repository ([schema](schema/version.json))
* `files/<SHA-256>`: the contents of the versions' files, logs and what commands wrote

`states.json` says which tasks are closed or archived.

No record or message has a sender's email address, nonce or callback address.
`docs/ledger.md` on the default branch says more.
"""
RECORD = re.compile(r"tasks/(?P<task>[0-9a-f]{20})/builds/(?P<build>[0-9a-f]{20})/(?P<run>\d+)-(?P<attempt>\d+)\.json")
MESSAGE = re.compile(r"tasks/(?P<task>[0-9a-f]{20})/messages/(?P<id>[0-9a-f]{20})\.json")
COMMAND = re.compile(r"tasks/(?P<task>[0-9a-f]{20})/runs/(?P<id>[0-9a-f]{20})\.json")
VERSION = re.compile(r"tasks/(?P<task>[0-9a-f]{20})/versions/(?P<sha>[0-9a-f]{40,64})\.json")


def build_folder(task_key: str, build_id: str) -> str:
    """Return the folder of a build's records."""
    return f"tasks/{task_key}/builds/{build_id}"


def record_path(record: BuildRecord, run: Run) -> str:
    """Return where the record of a run lies."""
    return f"{build_folder(record.task_key, record.build_id)}/{run.run_id}-{run.attempt}.json"


def message_path(message: Message) -> str:
    """Return where a message lies."""
    return f"tasks/{message.task_key}/messages/{message.id}.json"


def command_path(command: Command) -> str:
    """Return where a command lies."""
    return f"tasks/{command.task_key}/runs/{command.job_id}.json"


def version_path(task_key: str, sha: str) -> str:
    """Return where a version lies."""
    return f"tasks/{task_key}/versions/{sha}.json"


def file_path(task_key: str, sha256: str) -> str:
    """Return where the contents of a file lie."""
    return f"tasks/{task_key}/files/{sha256}"


def canonical(document: BaseModel | dict[str, Any]) -> bytes:
    """Return JSON that is the same bytes for the same content."""
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    return (json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode(errors="replace")


def states_in(ledger: Path) -> dict[str, Lifecycle]:
    """Return the tasks of which somebody said a state, in a checkout; none when nothing of it can be read."""
    try:
        found = json.loads((ledger / STATES).read_bytes())
    except (OSError, ValueError):
        return {}
    return states_of(found)


def states_of(found: object) -> dict[str, Lifecycle]:
    """Return what the file says about the states of tasks."""
    known: dict[str, Lifecycle] = {state: state for state in get_args(Lifecycle)}
    entries = found.items() if isinstance(found, dict) else ()
    said = {str(key): str(entry.get("state")) for key, entry in entries if isinstance(entry, dict)}
    return {key: known[state] for key, state in said.items() if state in known}


def fixed_files() -> dict[str, bytes]:
    """Return what every ledger holds: a few lines for people, and the schemas."""
    schemas = {f"schema/{name}.json": canonical(model.model_json_schema()) for name, model in SCHEMAS.items()}
    return {"README.md": README.encode(), **schemas}
