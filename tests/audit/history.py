"""The secret scan over everything that was ever committed: each file, and each commit with its message."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from action.gates.secret_scan import scan

KNOWN_ALARMS = Path(__file__).with_name("known_alarms.txt")
LARGEST = 50_000_000  # bytes of one object, which is in memory while it is scanned; a larger one is an alarm


@dataclass(frozen=True)
class Alarm:
    """One object of git, a path that it had, and which rule says what in which line."""

    blob: str
    rule: str
    place: str

    def __str__(self) -> str:
        return f"{self.blob} {self.rule} {self.place}"


class HistoryIsNotHere(Exception):
    """There is no history to scan, or only its end."""


def alarms_in(repository: Path) -> Iterator[Alarm]:
    """Yield what looks like a secret in any object that a branch or a tag reaches. Raises HistoryIsNotHere."""
    if git(repository, "rev-parse", "--is-shallow-repository").strip() != b"false":
        raise HistoryIsNotHere("this clone holds only the newest commits; fetch the rest: git fetch --unshallow")
    names = dict(
        line.partition(" ")[::2] for line in git(repository, "rev-list", "--objects", "--all").decode().split("\n")
    )
    for blob, kind, body in contents(repository, [name for name in names if name]):
        if kind == "tree":
            continue
        path = names[blob] or f"({kind})"
        if body is None:
            yield Alarm(blob, "too-large-to-scan", path)
            continue
        for finding in scan({path: body}):
            yield Alarm(blob, finding.rule, f"{finding.path}:{finding.line}")


def contents(repository: Path, blobs: list[str]) -> Iterator[tuple[str, str, bytes | None]]:
    """Yield id, kind and content of objects, one at a time; None for one that is too large."""
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for blob in blobs:
            process.stdin.write(f"{blob}\n".encode())
            process.stdin.flush()
            _, kind, size = process.stdout.readline().decode().split()
            left, body = int(size) + 1, bytearray()  # a line feed follows the content
            while left:
                piece = process.stdout.read(min(left, 1_000_000))
                left -= len(piece)
                body += piece if int(size) <= LARGEST else b""
            yield blob, kind, bytes(body[:-1]) if int(size) <= LARGEST else None
        process.stdin.close()


def git(repository: Path, *arguments: str) -> bytes:
    """Return what git says. Raises HistoryIsNotHere."""
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=False)
    if done.returncode:
        raise HistoryIsNotHere(done.stderr.decode(errors="replace").strip() or "git failed")
    return done.stdout


def known_alarms(listed: str) -> dict[tuple[str, str], str]:
    """Return the reason for each alarm that is known to be false, by object and rule. Raises ValueError without one."""
    known = {}
    for line in listed.splitlines():
        if line and not line.startswith("#"):
            blob, rule, reason = line.split(" ", 2)
            known[blob, rule] = reason
    return known


def new_alarms(repository: Path, listed: str) -> list[Alarm]:
    """Return the alarms that nobody has looked at. Raises HistoryIsNotHere."""
    known = known_alarms(listed)
    return [alarm for alarm in alarms_in(repository) if (alarm.blob, alarm.rule) not in known]
