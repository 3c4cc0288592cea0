"""Pages deployments: an artifact of a run becomes the content of a site, once for each commit."""

import os
import shutil
import tarfile
import tempfile
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

from embedded.github.core import GitHub, full_name
from embedded.github.errors import ApiError, Invalid, NotFound
from embedded.github.store import Document
from embedded.github.times import timestamp

IN_PROGRESS = "deployment_in_progress"
SUCCEEDED = "succeed"
CANCELLED = "deployment_cancelled"
CONTENT_FAILED = "deployment_content_failed"
ENDED = frozenset({SUCCEEDED, CANCELLED, CONTENT_FAILED, "deployment_failed", "deployment_lost"})
ARCHIVE = "artifact.tar"


class UnusableContent(Exception):
    """The artifact is not a zip with one artifact.tar of plain files and directories."""


def deploy(core: GitHub, repo: Document, body: dict[str, Any]) -> Document:
    """Take a deployment in and return its document. Raises ApiError, in the order in which GitHub looks."""
    pages = core.store.get("pages", full_name(repo))
    sha = body.get("pages_build_version")
    if not isinstance(sha, str) or not sha:
        raise Invalid.missing("pages_build_version")
    check_origin(core, repo, body.get("oidc_token"))
    if pages is None or core.git(repo).kind(sha) != "commit":
        raise NotFound
    artifact = deployable_artifact(core, repo, body.get("artifact_id"))
    if earlier := latest_for(core, repo, sha):
        return repeat(earlier)
    refuse_when_busy(core, repo, sha)
    number = core.store.next_id("deployment")
    document = {
        "id": number,
        "repo": full_name(repo),
        "sha": sha,
        "artifact_id": artifact["id"],
        "status": IN_PROGRESS,
        "created_at": timestamp(),
        "ready_at": time.time() + core.deployment_seconds,
        "fate": core.deployment_fate(full_name(repo), sha),
    }
    core.store.put("deployment", str(number), document)
    return document


def check_origin(core: GitHub, repo: Document, token: object) -> None:
    """Raise ApiError unless the token says that a run of this repository asks."""
    if not isinstance(token, str) or not token:
        raise Invalid.missing("oidc_token")
    try:
        claims = core.verify_oidc(token)
    except ValueError as error:
        raise ApiError(400, f"The OIDC token is not valid: {error}.") from None
    if str(claims.get("repository", "")).lower() != full_name(repo).lower():
        raise ApiError(400, "The OIDC token belongs to another repository.")
    if claims.get("environment") != "github-pages":
        raise ApiError(400, "Environment not found. The job that deploys needs `environment: github-pages`.")


def deployable_artifact(core: GitHub, repo: Document, artifact_id: object) -> Document:
    """Return a finished artifact of this repository. Raises ApiError."""
    if artifact_id is None:
        raise ApiError(400, "No artifact_url provided")  # in the words for an artifact of the time before artifact_id
    artifact = core.store.get("artifact", str(artifact_id))
    if artifact is None or artifact["repo"].lower() != full_name(repo).lower() or not artifact["finalized"]:
        raise NotFound
    return artifact


def repeat(earlier: Document) -> Document:
    """Answer a second deployment of a commit: GitHub drops it silently, and never forgives a cancelled one."""
    if earlier["status"] == CANCELLED:
        raise ApiError(400, f"Deployment request failed for {earlier['sha']}: this commit's deployment was cancelled.")
    return earlier


def refuse_when_busy(core: GitHub, repo: Document, sha: str) -> None:
    """Raise ApiError while the deployment of another commit goes on, also when the run that asked for it is gone."""
    for each in core.store.find("deployment", repo=full_name(repo)):
        if refreshed(core, each)["status"] not in ENDED:
            raise ApiError(
                400,
                f"Deployment request failed for {sha} due to in progress deployment. "
                f"Please cancel {each['sha']} first or wait for it to complete.",
            )


def latest_for(core: GitHub, repo: Document, sha: str) -> Document | None:
    """Return the deployment of a commit that decides what happens to the next one; failed ones may be tried again."""
    found = [refreshed(core, each) for each in core.store.find("deployment", repo=full_name(repo), sha=sha)]
    binding = [each for each in found if each["status"] in {SUCCEEDED, CANCELLED} or each["status"] not in ENDED]
    return binding[-1] if binding else None


def find_deployment(core: GitHub, repo: Document, wanted: str) -> Document:
    """Return a deployment by its id or its commit, up to date. Raises NotFound."""
    field: dict[str, str | int] = {"id": int(wanted)} if wanted.isdigit() and len(wanted) < 40 else {"sha": wanted}
    found = core.store.find("deployment", repo=full_name(repo), **field)
    if not found:
        raise NotFound
    return refreshed(core, found[-1])


def refreshed(core: GitHub, deployment: Document) -> Document:
    """Return the deployment as it is by now; the first look after its time publishes the content."""
    if deployment["status"] != IN_PROGRESS or time.time() < deployment["ready_at"]:
        return deployment
    with core.deployment_lock:
        current = core.store.get("deployment", str(deployment["id"])) or deployment
        if current["status"] == IN_PROGRESS:
            current["status"] = settle(core, current)
            core.store.put("deployment", str(current["id"]), current)
    return current


def settle(core: GitHub, deployment: Document) -> str:
    """Publish the content if that is the deployment's fate, and return the status that it has then."""
    if deployment["fate"] != SUCCEEDED:
        return str(deployment["fate"])
    artifact = core.store.get("artifact", str(deployment["artifact_id"])) or {}
    try:
        publish(Path(artifact["path"]), core.store.data / "pages" / deployment["repo"])
    except (UnusableContent, OSError, KeyError):
        return CONTENT_FAILED
    with core.store.change("pages", deployment["repo"]) as pages:
        pages["live_sha"] = deployment["sha"]
    return SUCCEEDED


def cancel(core: GitHub, deployment: Document) -> None:
    """Stop a deployment that is not over. Raises NotFound when it is."""
    with core.deployment_lock, core.store.change("deployment", str(deployment["id"])) as current:
        if current["status"] in ENDED:
            raise NotFound
        current["status"] = CANCELLED


def publish(archive: Path, site: Path) -> None:
    """Unpack an artifact beside the site and switch it in one step. Raises UnusableContent."""
    site.parent.mkdir(parents=True, exist_ok=True)
    versions = site.parent / f".{site.name}"
    fresh = versions / uuid.uuid4().hex
    fresh.mkdir(parents=True)
    try:
        unpack(archive, fresh)
    except UnusableContent:
        shutil.rmtree(fresh)
        raise
    previous = site.resolve()
    link = versions / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(fresh, site.parent))
    link.replace(site)
    for old in set(versions.iterdir()) - {fresh, previous}:  # somebody may still be reading the previous one
        shutil.rmtree(old, ignore_errors=True)


def unpublish(site: Path) -> None:
    """Remove a site with all its versions."""
    site.unlink(missing_ok=True)
    shutil.rmtree(site.parent / f".{site.name}", ignore_errors=True)


def unpack(archive: Path, target: Path) -> None:
    """Take the files out of the tar in the zip: plain files and directories, none outside. Raises UnusableContent."""
    try:
        with zipfile.ZipFile(archive) as outer, tempfile.TemporaryFile() as spool:
            with outer.open(ARCHIVE) as packed:
                shutil.copyfileobj(packed, spool)
            spool.seek(0)
            with tarfile.open(fileobj=spool) as inner:
                members = inner.getmembers()
                if not all(member.isfile() or member.isdir() for member in members):
                    raise UnusableContent("The artifact holds a link or a device.")
                inner.extractall(target, members, filter="data")
    except (zipfile.BadZipFile, KeyError, tarfile.TarError) as error:
        raise UnusableContent(str(error)) from error
