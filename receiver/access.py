"""Keys with rights: what the owner wrote into KEYS, or into the file that KEYS_FILE names."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from receiver.body import STRICT

Right = Literal["send", "read", "talk", "run", "upload", "start", "owner"]
RIGHTS: dict[Right, str] = {
    "send": "send tasks: POST /ready",
    "read": "read: /status, /logs, GET of tasks, jobs, messages and projects, POST /file/read",
    "talk": "say something about a page, ask for a revision, restore: POST /feedback",
    "run": "run commands and cancel what runs: POST /execute, DELETE /jobs",
    "upload": "bring files, hide versions: POST to projects and their versions, DELETE of a version",
    "start": "start what nobody is called back for: POST /tasks, /evaluate, /builds/<id>/again, tasks that are dry runs"
    " or have no evaluation_url",
    "owner": "everything: it includes all other rights",
}
PER_HOUR = 3600
MOST_KEYS = 1000
LARGEST_FILE = 1_000_000  # bytes
MOST_FAULTS = 10
KEY_BYTES = 32  # of a SHA-256, and as many random ones are in a key that `python -m receiver key` makes


@dataclass(frozen=True)
class AccessKey:
    """What one key may do. The shared secret is the one without a name."""

    name: str
    digest: bytes = field(repr=False)
    rights: frozenset[Right]
    emails: tuple[str, ...] = ()  # patterns; without one, every address
    per_hour: int | None = None

    def may(self, right: Right) -> bool:
        """Whether it has a right."""
        return right in self.rights or "owner" in self.rights

    def is_for(self, email: str) -> bool:
        """Whether it may send tasks of this address."""
        return not self.emails or any(fnmatchcase(email.strip().lower(), each.lower()) for each in self.emails)


class KeyEntry(BaseModel):
    """One entry of KEYS. The name is public: it stands in logs, in records and on the dashboard."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    rights: Annotated[list[Right], Field(min_length=1)]
    emails: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)] = []
    per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = PER_HOUR

    def as_key(self) -> AccessKey:
        """Return it as the gate needs it."""
        return AccessKey(
            self.name, bytes.fromhex(self.sha256), frozenset(self.rights), tuple(self.emails), self.per_hour
        )


ENTRIES = TypeAdapter(Annotated[list[KeyEntry], Field(min_length=1, max_length=MOST_KEYS)])


def digest_of(key: str | bytes) -> bytes:
    """Return a key's SHA-256."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key).digest()


def shared_secret(secret: str) -> AccessKey:
    """Return the key that STUDENT_SECRET is: it has every right and no limit."""
    return AccessKey("", digest_of(secret), frozenset(get_args(Right)))


def read_keys(given: Mapping[str, str], wrong: list[str]) -> tuple[AccessKey, ...]:
    """Return the keys of a configuration, nothing without KEYS and KEYS_FILE. Adds what is wrong to `wrong`."""
    if "KEYS" in given and "KEYS_FILE" in given:
        wrong.append("KEYS and KEYS_FILE are both set; keep one of them")
        return ()
    name = "KEYS_FILE" if "KEYS_FILE" in given else "KEYS"
    if name not in given:
        return ()
    try:
        text = given["KEYS"] if name == "KEYS" else text_of(Path(given["KEYS_FILE"].strip()))
        entries = ENTRIES.validate_python(STRICT.decode(text))
    except OSError as error:
        wrong.append(f"KEYS_FILE cannot be read ({error.strerror or 'it is too large'})")
    except ValidationError as error:
        wrong += [f"{name}: {fault}" for fault in faults_of(error)]
    except (ValueError, RecursionError) as error:
        wrong.append(f"{name} is not JSON ({str(error)[:200] if isinstance(error, ValueError) else 'too deep'})")
    else:
        wrong += [f"{name}: {fault}" for fault in contradictions(entries, given.get("STUDENT_SECRET", ""))]
        return tuple(entry.as_key() for entry in entries)
    return ()


def text_of(path: Path) -> str:
    """Return what a file holds. Raises OSError and ValueError."""
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError
    return content.decode("utf-8-sig")


def faults_of(error: ValidationError) -> list[str]:
    """Say what is wrong with entries, by their place, and without what they hold."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{place(entry['loc'])}{entry['msg']}" for entry in found[:MOST_FAULTS]]


def place(where: tuple[int | str, ...]) -> str:
    """Say where something is, counted from 1 as people do."""
    parts = [f"number {each + 1}" if isinstance(each, int) else str(each)[:40] for each in where]
    return f"{', '.join(parts)}: " if parts else ""


def contradictions(entries: list[KeyEntry], secret: str) -> list[str]:
    """Say which entries contradict each other, or the shared secret."""
    names = Counter(entry.name for entry in entries)
    digests = Counter(entry.sha256.lower() for entry in entries)
    shared = digest_of(secret).hex()
    return [
        *(f"two entries have the name {name}" for name, count in names.items() if count > 1),
        *(
            f"{' and '.join(entry.name for entry in entries if entry.sha256.lower() == digest)} are the same key"
            for digest, count in digests.items()
            if count > 1
        ),
        *(f"{e.name} is the STUDENT_SECRET; give it a key of its own" for e in entries if e.sha256.lower() == shared),
    ]
