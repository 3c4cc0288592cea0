"""The secrets of one embedded system: random for each data directory, kept there with mode 600, and never logged."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Credentials:
    """What each part knows: the shared secret, the two tokens, and the key of the stand-in model."""

    student_secret: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(18))
    receiver_token: str = field(repr=False, default_factory=lambda: new_token())
    target_token: str = field(repr=False, default_factory=lambda: new_token())
    model_key: str = field(repr=False, default_factory=lambda: f"stand-in-{secrets.token_hex(12)}")

    @classmethod
    def kept_in(cls, file: Path) -> "Credentials":
        """Return the credentials of last time, or new ones which are kept from now on."""
        known = {each.name for each in fields(cls)}
        try:
            kept = {name: value for name, value in json.loads(file.read_text()).items() if name in known}
        except (OSError, ValueError, AttributeError):
            kept = {}
        credentials = cls(**kept)
        if kept.keys() != known:
            write_private(file, json.dumps(asdict(credentials)))
        return credentials


def write_private(file: Path, text: str) -> None:
    """Write a file so that nobody else can read it, not even for a moment."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)


def new_token() -> str:
    """Return a token in the shape of GitHub's fine-grained ones."""
    parts = (22, 59)
    return "_".join(["github", "pat", *("".join(secrets.choice(ALPHABET) for _ in range(length)) for length in parts)])
