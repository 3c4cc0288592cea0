"""python -m receiver key NAME --rights send,read: make a key; it is shown once, and KEYS holds only its SHA-256."""

import argparse
import json
import secrets
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from receiver.access import KEY_BYTES, PER_HOUR, RIGHTS, KeyEntry, digest_of, faults_of


def main(arguments: Sequence[str]) -> int:
    """Print a new key and its entry for KEYS."""
    parser = argparse.ArgumentParser(
        prog="python -m receiver key",
        description="Make a key with rights. It is shown once; KEYS holds only its SHA-256.",
        epilog="rights: " + "; ".join(f"{right}: {what}" for right, what in RIGHTS.items()),
    )
    parser.add_argument("name", help="public, so no email address: it stands in logs, records and on the dashboard")
    parser.add_argument("--rights", required=True, help="with commas, such as read,talk")
    parser.add_argument("--email", action="append", default=[], metavar="PATTERN", help="as '*@course.example.org'")
    parser.add_argument("--per-hour", type=int, default=PER_HOUR, help="requests (%(default)s)")
    given = parser.parse_args(arguments)
    key = secrets.token_urlsafe(KEY_BYTES)
    entry = {"name": given.name, "sha256": digest_of(key).hex(), "rights": given.rights.replace(" ", "").split(",")}
    entry |= ({"emails": given.email} if given.email else {}) | {"per_hour": given.per_hour}
    try:
        KeyEntry.model_validate(entry)
    except ValidationError as error:
        parser.error("; ".join(faults_of(error)))
    sys.stdout.write(
        f"The key, which is shown only now; it goes to who uses it:\n\n{key}\n\n"
        "Its entry for KEYS, which is a list of such entries: [{...}, {...}]\n\n"
        f"{json.dumps(entry)}\n"
    )
    return 0
