"""Stands in for actions/download-artifact."""

import fnmatch
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embedded.actions.standins.http_calls import call
from embedded.actions.standins.results import download, listed
from embedded.actions.standins.runner import fail, inputs, is_true, output, say


def main() -> None:
    """Download one artifact, or those that match, below `path`."""
    given = inputs()
    if given["run-id"] != os.environ["GITHUB_RUN_ID"] and not given["github-token"]:
        fail("Artifacts of other runs can be read only with the input github-token.")
    directory = Path(given["path"] or os.environ["GITHUB_WORKSPACE"]).expanduser().absolute()
    artifacts = selected(given)
    for artifact in artifacts:
        content = download_by_rest(given, artifact) if given["github-token"] else download(artifact)
        extract(artifact["name"], content, directory / folder_of(artifact, len(artifacts), given))
    output("download-path", directory)


def folder_of(artifact: dict[str, Any], count: int, given: dict[str, str]) -> str:
    """Return the folder of one of several artifacts; one alone needs none, however it was selected (since v5)."""
    return "" if count == 1 or is_true(given["merge-multiple"]) else str(artifact["name"])


def selected(given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the artifacts that the inputs ask for; a name or an id must exist."""
    artifacts = listed_by_rest(given) if given["github-token"] else listed(given["name"])
    if given["name"] and not artifacts:
        fail(f"Unable to download artifact(s): Artifact not found for name: {given['name']}")
    ids = {number.strip() for number in given["artifact-ids"].split(",") if number.strip()}
    if missing := ids - {str(artifact["databaseId"]) for artifact in artifacts}:
        fail(f"Unable to download artifact(s): None of the artifact ids were found: {', '.join(sorted(missing))}")
    if ids:
        return [artifact for artifact in artifacts if str(artifact["databaseId"]) in ids]
    pattern = given["pattern"] or "*"
    return [artifact for artifact in artifacts if given["name"] or fnmatch.fnmatchcase(artifact["name"], pattern)]


def listed_by_rest(given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the artifacts of a run, of whichever attempt; of several with one name, the newest."""
    named = f"&name={quote(given['name'], safe='')}" if given["name"] else ""
    answer = asked(given, f"runs/{given['run-id']}/artifacts?per_page=100{named}")
    oldest_first = sorted(json.loads(answer)["artifacts"], key=lambda each: int(each["id"]))
    return list({each["name"]: {**each, "databaseId": each["id"]} for each in oldest_first}.values())


def download_by_rest(given: dict[str, str], artifact: dict[str, Any]) -> bytes:
    """Return the zip of an artifact."""
    return asked(given, f"artifacts/{artifact['id']}/zip")


def asked(given: dict[str, str], path: str) -> bytes:
    """Ask the REST API of the repository, and fail the step when it refuses."""
    url = f"{os.environ['GITHUB_API_URL']}/repos/{given['repository']}/actions/{path}"
    status, answer = call("GET", url, headers={"Authorization": f"Bearer {given['github-token']}"})
    if status != 200:
        said = json.loads(answer).get("message") if answer.startswith(b"{") else status
        fail(f"Unable to download artifact(s): {said}")
    return answer


def extract(name: str, content: bytes, directory: Path) -> None:
    """Unpack into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(directory)
    say(f"Artifact {name} was downloaded to {directory}")
