"""Stands in for actions/download-artifact."""

import fnmatch
import io
import os
import zipfile
from pathlib import Path
from typing import Any

from embedded.actions.standins.results import download, listed
from embedded.actions.standins.runner import fail, inputs, is_true, output, say


def main() -> None:
    """Download one artifact, or those that match, below `path`."""
    given = inputs()
    if given["run-id"] and given["run-id"] != os.environ["GITHUB_RUN_ID"]:
        fail("This stand-in downloads artifacts of its own run only. Read those of other runs through REST.")
    directory = Path(given["path"] or os.environ["GITHUB_WORKSPACE"]).expanduser().absolute()
    one = bool(given["name"])
    for artifact in selected(given):
        apart = not one and not is_true(given["merge-multiple"])
        extract(artifact, directory / artifact["name"] if apart else directory)
    output("download-path", directory)


def selected(given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the artifacts that the inputs ask for; a name or an id must exist."""
    artifacts = listed(given["name"])
    if given["name"] and not artifacts:
        fail(f"Unable to download artifact(s): Artifact not found for name: {given['name']}")
    ids = {number.strip() for number in given["artifact-ids"].split(",") if number.strip()}
    if missing := ids - {str(artifact["databaseId"]) for artifact in artifacts}:
        fail(f"Unable to download artifact(s): None of the artifact ids were found: {', '.join(sorted(missing))}")
    if ids:
        return [artifact for artifact in artifacts if str(artifact["databaseId"]) in ids]
    pattern = given["pattern"] or "*"
    return [artifact for artifact in artifacts if given["name"] or fnmatch.fnmatchcase(artifact["name"], pattern)]


def extract(artifact: dict[str, Any], directory: Path) -> None:
    """Unpack into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(download(artifact))) as archive:
        archive.extractall(directory)
    say(f"Artifact {artifact['name']} was downloaded to {directory}")
