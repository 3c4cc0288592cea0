"""The secret scan over everything that was ever committed: each file, and each commit with its message."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from action.gates.secret_scan import scan

KNOWN_ALARMS = Path(__file__).with_name("known_alarms.txt")
LARGEST = 50_000_000  # bytes of one object, which is in memory while it is scanned; a larger one is an alarm


@dataclass(frozen=True)
class Alarm:
    """What a rule says of a line. `line_id` is the same in every version of a file that has this line."""

    line_id: str
    rule: str
    place: str

    def __str__(self) -> str:
        return f"{self.line_id} {self.rule}: {self.place}"


class HistoryIsNotHere(Exception):
    """There is no history to scan, or only its end."""


def alarms_in(repository: Path, largest: int = LARGEST) -> Iterator[Alarm]:
    """Yield what looks like a secret in any object that a branch or a tag reaches. Raises HistoryIsNotHere."""
    if git(repository, "rev-parse", "--is-shallow-repository").strip() != b"false":
        raise HistoryIsNotHere("this clone holds only the newest commits; fetch the rest: git fetch --unshallow")
    names = dict(
        line.partition(" ")[::2] for line in git(repository, "rev-list", "--objects", "--all").decode().split("\n")
    )
    for blob, kind, body in contents(repository, [name for name in names if name], largest):
        path = names[blob] or kind
        if body is None:
            yield Alarm(blob[:16], "too-large-to-scan", f"{path} (git show {blob})")
        elif kind != "tree":
            yield from (
                Alarm(line_id(body, finding.line), finding.rule, f"{path}:{finding.line} (git show {blob})")
                for finding in scan({path: body})
            )


def line_id(body: bytes, number: int) -> str:
    """Return what stands for a line, which may hold a secret and is therefore not shown."""
    return hashlib.sha256(body.split(b"\n")[number - 1].strip()).hexdigest()[:16]


def contents(repository: Path, blobs: list[str], largest: int) -> Iterator[tuple[str, str, bytes | None]]:
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
                body += piece if int(size) <= largest else b""
            yield blob, kind, bytes(body[:-1]) if int(size) <= largest else None
        process.stdin.close()


def git(repository: Path, *arguments: str) -> bytes:
    """Return what git says. Raises HistoryIsNotHere."""
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=False)
    if done.returncode:
        raise HistoryIsNotHere(done.stderr.decode(errors="replace").strip() or "git failed")
    return done.stdout


def known_alarms(listed: str) -> dict[tuple[str, str], str]:
    """Return the reason for each alarm that is known to be false, by line and rule. Raises ValueError without one."""
    known = {}
    for line in listed.splitlines():
        if line and not line.startswith("#"):
            digest, rule, reason = line.split(" ", 2)
            known[digest, rule] = reason
    return known


def new_alarms(repository: Path, listed: str) -> list[Alarm]:
    """Return the alarms that nobody has looked at. Raises HistoryIsNotHere."""
    known = known_alarms(listed)
    return [alarm for alarm in alarms_in(repository) if (alarm.line_id, alarm.rule) not in known]
