"""The artifacts service (version 4): the calls of @actions/artifact, and the files behind its signed URLs."""

import hashlib
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flask import Blueprint, Response, jsonify, request

from embedded.actions.oidc import RUNTIME, InvalidToken, Tokens
from embedded.github.rest.run_files import ZIP, sent_file
from embedded.github.store import Document, Store
from embedded.github.times import timestamp

SERVICE = "github.actions.results.api.v1.ArtifactService"
BLOB = "blob"
CHUNK = 1024 * 1024
RETENTION_DAYS = 90


class Refused(Exception):
    """An answer with an error, in the words of twirp."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Artifacts:
    """Artifact documents, and one zip for each under the data directory."""

    def __init__(self, store: Store, tokens: Tokens, web: str) -> None:
        self._store, self._tokens, self._web = store, tokens, web
        self._directory = store.data / "artifacts"
        self._directory.mkdir(parents=True, exist_ok=True)

    def create(self, run: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Reserve a name; names are unique in an attempt of a run, and a run has as many as it has attempts."""
        name = str(body.get("name") or "")
        if not name:
            raise Refused(400, "invalid_argument", "The artifact has no name.")
        if self._store.find("artifact", run_id=run["id"], attempt=run["run_attempt"], name=name):
            message = f"an artifact with this name already exists on the workflow run: {name}"
            raise Refused(409, "already_exists", message)
        number = self._store.next_id("artifact")
        document = {
            "id": number,
            "run_id": run["id"],
            "attempt": run["run_attempt"],
            "repo": run["repo"],
            "name": name,
            "mime_type": mime_type_of(body),
            "size": 0,
            "digest": None,
            "path": str(self._directory / f"{number}.zip"),
            "created_at": timestamp(),
            "expires_at": body.get("expires_at") or body.get("expiresAt") or timestamp(days=RETENTION_DAYS),
            "finalized": False,
        }
        self._store.put("artifact", str(number), document)
        return {"ok": True, "signed_upload_url": self._signed(number, "write")}

    def finalize(self, run: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Check size and digest, and make the artifact visible."""
        artifact = self._named(run, body, finalized=False)
        file = Path(artifact["path"])
        announced = int(body.get("size") or 0)  # protobuf's JSON leaves a zero out
        if not file.exists() or announced != file.stat().st_size:
            raise Refused(400, "invalid_argument", "The uploaded bytes do not have the size that was announced.")
        with file.open("rb") as content:
            digest = f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
        if body.get("hash") not in (None, "", digest):
            raise Refused(400, "invalid_argument", "The uploaded bytes do not have the digest that was announced.")
        with self._store.change("artifact", str(artifact["id"])) as changed:
            changed.update(size=file.stat().st_size, digest=digest, finalized=True)
        return {"ok": True, "artifact_id": str(artifact["id"])}

    def list(self, run: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Return the finished artifacts of the run."""
        filters = {"name": body.get("name_filter") or body.get("nameFilter")}
        number = body.get("id_filter") or body.get("idFilter")
        equal = {key: value for key, value in filters.items() if value}
        found = self._store.find("artifact", run_id=run["id"], finalized=True, **equal)
        listed = [self._listed(run, each) for each in found if number is None or str(each["id"]) == str(number)]
        return {"artifacts": listed}

    def _listed(self, run: Document, artifact: Document) -> dict[str, Any]:
        return {
            "workflowRunBackendId": str(run["id"]),
            "workflowJobRunBackendId": str(run["id"]),
            "databaseId": str(artifact["id"]),
            "name": artifact["name"],
            "size": str(artifact["size"]),
            "createdAt": artifact["created_at"],
            "digest": artifact["digest"],
        }

    def signed_url(self, run: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Return where the zip can be read. What an earlier attempt left is listed, and only REST gives it out."""
        artifact = self._named(run, body, finalized=True)
        if artifact.get("attempt", 1) != run["run_attempt"]:
            raise Refused(404, "not_found", "workflow run not found")
        return {"signed_url": self._signed(artifact["id"], "read")}

    def delete(self, run: Document, body: dict[str, Any]) -> dict[str, Any]:
        """Forget an artifact and its file."""
        artifact = self._named(run, body, finalized=True)
        Path(artifact["path"]).unlink(missing_ok=True)
        self._store.delete("artifact", str(artifact["id"]))
        return {"ok": True, "artifact_id": str(artifact["id"])}

    def _named(self, run: Document, body: dict[str, Any], *, finalized: bool) -> Document:
        found = self._store.find("artifact", run_id=run["id"], name=str(body.get("name")), finalized=finalized)
        if not found:
            raise Refused(404, "not_found", f"There is no artifact {body.get('name')!r} in this run.")
        return found[-1]

    def _signed(self, number: int, right: str) -> str:
        signature = self._tokens.issue(BLOB, {"artifact": number, "right": right}, 3600)
        return f"{self._web}/_results/blob/{number}?sig={signature}"

    def run_of(self, authorization: str) -> Document:
        """Return the run whose runtime token this is."""
        try:
            run_id = self._tokens.read(authorization.partition(" ")[2], RUNTIME)["run_id"]
        except InvalidToken as error:
            raise Refused(401, "unauthenticated", f"The runtime token is not valid: {error}.") from error
        run = self._store.get("run", str(run_id))
        if not run or run["status"] == "completed":
            raise Refused(403, "permission_denied", "The run of this token has ended.")
        return run

    def artifact_of(self, number: int, signature: str, right: str) -> Document:
        """Return the artifact behind a signed URL."""
        try:
            claims = self._tokens.read(signature, BLOB)
        except InvalidToken as error:
            raise Refused(403, "permission_denied", f"The signature is not valid: {error}.") from error
        artifact = self._store.get("artifact", str(number))
        if not artifact or (claims["artifact"], claims["right"]) != (number, right):
            raise Refused(403, "permission_denied", "The signature is for something else.")
        return artifact

    def save(self, file: Path) -> None:
        """Take one block, the list of blocks, or the whole blob."""
        blocks = file.with_suffix(".blocks")
        kind = request.args.get("comp")
        if kind == "blocklist":
            names = [each.text or "" for each in ElementTree.fromstring(request.get_data())]  # noqa: S314 - a signed caller
            with file.open("wb") as whole:
                for name in names:
                    with (blocks / block_name(name)).open("rb") as block:
                        shutil.copyfileobj(block, whole, CHUNK)
            shutil.rmtree(blocks, ignore_errors=True)
            return
        target = file
        if kind == "block":
            blocks.mkdir(exist_ok=True)
            target = blocks / block_name(request.args["blockid"])
        with target.open("wb") as content:
            shutil.copyfileobj(request.stream, content, CHUNK)


def mime_type_of(body: dict[str, Any]) -> str:
    """Return what a client says that it uploads: a text, or protobuf's wrapper of one."""
    said = body.get("mime_type") or body.get("mimeType") or ZIP
    return str(said.get("value") if isinstance(said, dict) else said)


def block_name(block_id: str) -> str:
    """Return a file name for a client's block id."""
    return hashlib.sha256(block_id.encode()).hexdigest()


def artifact_routes(artifacts: Artifacts) -> Blueprint:
    """Serve the origin of ACTIONS_RESULTS_URL: whatever its path is, clients call /twirp there."""
    routes = Blueprint("results", __name__)
    methods = {
        "CreateArtifact": artifacts.create,
        "FinalizeArtifact": artifacts.finalize,
        "ListArtifacts": artifacts.list,
        "GetSignedArtifactURL": artifacts.signed_url,
        "DeleteArtifact": artifacts.delete,
    }

    @routes.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(code=error.code, msg=str(error)), error.status

    @routes.post("/twirp/<service>/<method>")
    def call(service: str, method: str) -> Response:
        if service != SERVICE or method not in methods:
            raise Refused(404, "bad_route", f'no handler for path "/twirp/{service}/{method}"')
        run = artifacts.run_of(request.headers.get("Authorization", ""))
        return jsonify(methods[method](run, request.get_json()))

    @routes.put("/_results/blob/<int:number>")
    def upload(number: int) -> tuple[str, int]:
        artifacts.save(Path(artifacts.artifact_of(number, request.args.get("sig", ""), "write")["path"]))
        return "", 201

    @routes.get("/_results/blob/<int:number>")
    def download(number: int) -> Response:
        return sent_file(artifacts.artifact_of(number, request.args.get("sig", ""), "read"))

    return routes
