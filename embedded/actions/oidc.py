"""Tokens that say who a run is: the OIDC token for Pages, and the runtime token for artifacts."""

import secrets
import time
from pathlib import Path
from typing import Any

import jwt
from flask import Blueprint, Response, jsonify, request

from embedded.actions import run_token
from embedded.github.core import key_in
from embedded.github.store import Document, Store

ALGORITHM = "HS256"
ISSUER = "https://token.actions.githubusercontent.com"
RUNTIME = "runtime"
MINUTES = 60
LIFETIME = 10 * MINUTES
RUNTIME_LIFETIME = 24 * 60 * MINUTES


class InvalidToken(ValueError):
    """The token is not one of ours, or its time is over."""


class Tokens:
    """Signs and checks with one key that lies under the data directory, so that it survives a restart."""

    def __init__(self, data: Path) -> None:
        self._key = key_in(data / "actions.key")

    def issue(self, audience: str, claims: dict[str, Any], lifetime: int = LIFETIME) -> str:
        """Return a signed token."""
        moment = int(time.time())
        times = {"iat": moment, "nbf": moment, "exp": moment + lifetime}
        body = {"iss": ISSUER, "aud": audience, "jti": secrets.token_hex(8), **times, **claims}
        return jwt.encode(body, self._key, ALGORITHM)

    def read(self, token: str, audience: str | None) -> dict[str, Any]:
        """Return the claims of a token for this audience, whichever it is if it is None. Raises InvalidToken."""
        try:
            return jwt.decode(
                token, self._key, [ALGORITHM], audience=audience, issuer=ISSUER, options={"verify_aud": bool(audience)}
            )
        except jwt.InvalidTokenError as error:
            raise InvalidToken(str(error)) from error

    def runtime(self, run: Document) -> str:
        """Return the token with which the run's steps reach the artifacts service."""
        claims = {"scp": f"Actions.Results:{run['id']}:{run['id']}", "run_id": run["id"], "attempt": run["run_attempt"]}
        return self.issue(RUNTIME, claims, RUNTIME_LIFETIME)

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of an OIDC token, whoever its audience is. Raises InvalidToken."""
        claims = self.read(token, None)
        if claims.get("aud") == RUNTIME or "repository" not in claims:
            raise InvalidToken("this is not an OIDC token")
        return claims


def claims_of(run: Document, environment: str | None) -> dict[str, Any]:
    """Return who the run is, in the words of GitHub's OIDC tokens."""
    ref = run.get("ref") or f"refs/heads/{run['head_branch']}"
    subject = f"environment:{environment}" if environment else f"ref:{ref}"
    return {
        "sub": f"repo:{run['repo']}:{subject}",
        "repository": run["repo"],
        "repository_owner": run["repo"].split("/")[0],
        "actor": run["actor"],
        "ref": ref,
        "sha": run["head_sha"],
        "run_id": str(run["id"]),
        "run_attempt": str(run["run_attempt"]),
        "event_name": run["event"],
        "workflow": run["workflow_name"],
        "workflow_ref": f"{run['repo']}/{run['workflow_path']}@{ref}",
        "environment": environment,
    }


def oidc_routes(store: Store, tokens: Tokens) -> Blueprint:
    """Serve the address in ACTIONS_ID_TOKEN_REQUEST_URL: only while a job with id-token: write is in progress."""
    routes = Blueprint("oidc", __name__)

    @routes.get("/_oidc/token")
    def token() -> tuple[Response, int] | Response:
        try:
            run_id = tokens.read(request.headers.get("Authorization", "").partition(" ")[2], RUNTIME)["run_id"]
        except InvalidToken as error:
            return jsonify(message=f"The request token is not valid: {error}."), 401
        jobs = store.find("job", run_id=run_id, status="in_progress")
        run = store.get("run", str(run_id))
        if not run or not run_token.may_ask_for_identity(store, run_id):
            return jsonify(message="No job in progress has the permission id-token: write."), 403
        environment = next((job.get("environment") for job in jobs if job.get("environment")), None)
        audience = request.args.get("audience") or f"https://github.com/{run['repo'].split('/')[0]}"
        return jsonify(count=1, value=tokens.issue(audience, claims_of(run, environment)))

    return routes
