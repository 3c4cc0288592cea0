"""The client side of the artifacts service."""

import base64
import hashlib
import json
import os
from typing import Any, BinaryIO
from urllib.parse import urljoin

from embedded.actions.standins.http_calls import call, call_json
from embedded.actions.standins.runner import fail, output, say

SERVICE = "twirp/github.actions.results.api.v1.ArtifactService"
BLOCK = 8 * 1024 * 1024


def backend_ids() -> dict[str, str]:
    """Return the ids of the run and the job, out of the runtime token."""
    body = os.environ["ACTIONS_RUNTIME_TOKEN"].split(".")[1]
    scopes = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["scp"].split()
    run, job = next(scope for scope in scopes if scope.startswith("Actions.Results:")).split(":")[1:3]
    return {"workflow_run_backend_id": run, "workflow_job_run_backend_id": job}


def service(method: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Call one method of the service."""
    url = urljoin(os.environ["ACTIONS_RESULTS_URL"], f"/{SERVICE}/{method}")
    return call_json("POST", url, os.environ["ACTIONS_RUNTIME_TOKEN"], {**backend_ids(), **body})


def required(method: str, body: dict[str, Any]) -> Any:
    """Call one method and fail the step when it is refused."""
    status, answer = service(method, body)
    if status != 200:
        fail(
            f"Failed to {method}: Received non-retryable error: ({status}) {answer.get('msg') or answer.get('message')}"
        )
    return answer


def listed(name: str = "") -> list[dict[str, Any]]:
    """Return the run's artifacts, or those with one name."""
    found: list[dict[str, Any]] = required("ListArtifacts", {"name_filter": name} if name else {})["artifacts"]
    return found


def upload(name: str, archive: BinaryIO) -> str:
    """Upload a zip as an artifact, set the outputs, and return its id."""
    url = required("CreateArtifact", {"name": name, "version": 7, "mime_type": "application/zip"})["signed_upload_url"]
    digest, size = send_blocks(url, archive)
    finished = required("FinalizeArtifact", {"name": name, "size": str(size), "hash": f"sha256:{digest}"})
    number = str(finished["artifact_id"])
    say(f"Artifact {name} has been successfully uploaded! Final size is {size} bytes. Artifact ID is {number}")
    repository = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    output("artifact-id", number)
    output("artifact-digest", digest)
    output("artifact-url", f"{repository}/actions/runs/{os.environ['GITHUB_RUN_ID']}/artifacts/{number}")
    return number


def send_blocks(url: str, archive: BinaryIO) -> tuple[str, int]:
    """Put the bytes block by block, then the list of blocks; return digest and size."""
    names: list[str] = []
    digest, size = hashlib.sha256(), 0
    archive.seek(0)
    while block := archive.read(BLOCK):
        names.append(base64.b64encode(f"block-{len(names):06}".encode()).decode())
        put(f"{url}&comp=block&blockid={names[-1].replace('=', '%3D')}", block)
        digest.update(block)
        size += len(block)
    items = "".join(f"<Latest>{name}</Latest>" for name in names)
    put(f"{url}&comp=blocklist", f"<?xml version='1.0' encoding='utf-8'?><BlockList>{items}</BlockList>".encode())
    return digest.hexdigest(), size


def put(url: str, body: bytes) -> None:
    """Put bytes to a signed URL."""
    status, _ = call("PUT", url, body, {"x-ms-blob-type": "BlockBlob"})
    if status != 201:
        fail(f"The upload of a block was refused with status {status}.")


def download(artifact: dict[str, Any]) -> bytes:
    """Return the zip of an artifact, its digest checked."""
    url = required("GetSignedArtifactURL", {"name": artifact["name"]})["signed_url"]
    status, content = call("GET", url)
    if status != 200:
        fail(f"Unable to download artifact {artifact['name']}: status {status}.")
    if artifact.get("digest") and f"sha256:{hashlib.sha256(content).hexdigest()}" != artifact["digest"]:
        fail(f"The digest of the artifact {artifact['name']} does not match.")
    return content
