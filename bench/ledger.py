"""Writes a ledger of any size, for measuring the dashboard and for looking at it: varied tasks, no two alike."""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from action.ledger.layout import build_folder, canonical, file_path, fixed_files, message_path, version_path
from action.ledger.models import Message, Version, VersionFile
from bench.ledger_records import BASE, BUILD, COMMIT, KEY, KINDS, NAME, RECIPIENT, RUN, TASKS, record_text
from bench.ledger_site import site_files

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT[^"]+Z)"')
DAYS = 60
SUBJECTS = ("Build round 1", "Build round 2", "Revise round 2")
WITH_FILES = 2  # every second task has versions with contents
WEIGHTS = {
    "live": 70,
    "undecided": 9,
    "checks_fail": 6,
    "refused": 3,
    "fallback": 4,
    "failed": 3,
    "not_live": 2,
    "held_back": 3,
}


def write_ledger(folder: Path, tasks: int, seed: int = 7) -> Path:
    """Write a ledger of that many tasks, with three builds each, and return its folder."""
    chance = random.Random(seed)  # noqa: S311 - variety, not secrecy
    put(folder, fixed_files())
    for number in range(tasks):
        put(folder, dict(task_files(number, tasks, chance)))
    return folder


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    made: set[Path] = set()
    for path, body in files.items():
        target = folder / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(body)


def digits(count: int, *parts: object) -> str:
    """Return hex digits that stand for some values."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:count]


def task_files(number: int, tasks: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield the files of one task: two rounds and a revision, what agents said, and three versions."""
    name, _ = TASKS[number % len(TASKS)]
    key = digits(20, "task", number)
    began = NOW - timedelta(minutes=DAYS * 24 * 60 * number / max(tasks, 12) + 20 + chance.uniform(0, 15))
    kinds = [chance.choices(KINDS, [WEIGHTS[kind] for kind in KINDS])[0] for _ in range(3)]
    project = f"owner/{name}-{key[:10]}"
    for place, kind in enumerate(kinds):
        # The newest build of a task was a few minutes ago when the task is new, so rounds lie in the past.
        at = began - timedelta(minutes=(2 - place) * 45)
        values = {KEY: key, NAME: name, RECIPIENT: digits(12, "person", number // 3), RUN: str(3 * number + place + 1)}
        values |= {BUILD: digits(20, key, place), COMMIT: digits(40, key, place)}
        text = record_text(kind, number % len(TASKS), min(place + 1, 2), is_revision=place == 2)
        if place == 2:
            text = text.replace('"revision": ""', f'"revision": "{digits(20, key, "feedback")}"')
            if number % 7 == 3:
                text = text.replace('"restored": ""', f'"restored": "{digits(40, key, 0)}"')
        yield f"{build_folder(key, values[BUILD])}/{values[RUN]}-1.json", filled(text, values, at, chance)
    yield from said(key, project, began)
    yield from commits(key, project, began, number)


def filled(text: str, values: dict[str, str], at: datetime, chance: random.Random) -> bytes:
    """Return a record's text with ids and times of its own."""
    for old, new in {**values, KEY[:10]: values[KEY][:10]}.items():
        text = text.replace(old, new)
    pace = chance.uniform(0.6, 1.7)

    def later(match: re.Match[str]) -> str:
        moment = at + pace * (datetime.fromisoformat(match[1]) - BASE)
        return f'"{moment.isoformat().replace("+00:00", "Z")}"'

    return MOMENT.sub(later, text).encode()


def said(key: str, project: str, began: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield what the Generator and the Evaluator said."""
    idea = Message(
        id=digits(20, key, "idea"),
        task_key=key,
        role="generator",
        at=began - timedelta(minutes=91),
        text="Made a task from a template, with a seed of its own for this recipient.",
        build_id=digits(20, key, 0),
    )
    feedback = Message(
        id=digits(20, key, "feedback"),
        task_key=key,
        project=project,
        role="evaluator",
        at=began - timedelta(minutes=12),
        text="The page does what was asked. On a phone the table is wider than the screen, so its last column cannot "
        "be read. Please let it scroll by itself, and keep the heading in place.",
        metrics={"passed": 7, "checks": 8, "seconds": 6.4},
        revise=True,
        build_id=digits(20, key, 2),
    )
    for message in (idea, feedback):
        yield message_path(message), canonical(message)


def commits(key: str, project: str, began: datetime, number: int) -> Iterator[tuple[str, bytes]]:
    """Yield the versions, and the contents of their files for every second task."""
    parent, is_kept = "", number % WITH_FILES == 0
    for place in range(3):
        files = site_files(TASKS[number % len(TASKS)][0], key, place)
        sha = digits(40, key, place)
        entries = [
            VersionFile(
                path=path,
                size=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                is_kept=is_kept,
                is_text=True,
            )
            for path, body in sorted(files.items())
        ]
        version = Version(
            task_key=key,
            project=project,
            sha=sha,
            parent=parent,
            committed_at=began - timedelta(minutes=(2 - place) * 45 - 2),
            subject=SUBJECTS[place],
            build_id=digits(20, key, place),
            round=min(place + 1, 2),
            is_ours=True,
            files=entries,
        )
        yield version_path(key, sha), canonical(version)
        if is_kept:
            yield from ((file_path(key, entry.sha256), files[entry.path]) for entry in entries)
        parent = sha
