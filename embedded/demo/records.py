"""The records of builds, as the embedded GitHub keeps them among the artifacts of their runs."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from action.record import BuildRecord
from embedded.github.store import Store


def newest_record(store: Store, build_id: str, runs: Iterable[int]) -> BuildRecord | None:
    """Return the last record of a build among the artifacts of its runs."""
    artifacts = [each for run in runs for each in store.find("artifact", run_id=run)]
    for artifact in reversed(artifacts):
        if artifact["name"].startswith(f"record-{build_id}"):
            return read_record(Path(artifact["path"]))
    return None


def read_record(packed: Path) -> BuildRecord | None:
    """Read the record out of an artifact, None when it cannot be read."""
    try:
        with zipfile.ZipFile(packed) as archive:
            return BuildRecord.model_validate(json.loads(archive.read("record.json")))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, ValidationError):
        return None
