"""Stands in for actions/create-github-app-token: signs with the App's key and asks for a token of its installation."""

import os

from github import Auth

from embedded.actions.standins.http_calls import call_json
from embedded.actions.standins.runner import fail, inputs, output, say

PERMISSION = "permission-"


def main() -> None:
    """Make a token, mask it, and hand it to the later steps. It is revoked when the run is over, by the runner."""
    given = inputs()
    issuer = given["client-id"] or given["app-id"]
    for name, value in (("client-id", issuer), ("private-key", given["private-key"])):
        if not value:
            fail(f"The '{name}' input must be set to a non-empty string")
    signature = signed(issuer, given["private-key"].replace("\\n", "\n"))
    api = given["github-api-url"] or os.environ["GITHUB_API_URL"]
    names = [name.strip() for name in given["repositories"].replace("\n", ",").split(",") if name.strip()]
    whole = os.environ["GITHUB_REPOSITORY"].split("/")
    owner = given["owner"] or whole[0]
    names = names or ([] if given["owner"] else whole[1:])
    path = f"/repos/{owner}/{names[0]}/installation" if names else f"/users/{owner}/installation"
    found = asked("GET", f"{api}{path}", signature)
    permissions = {
        name.removeprefix(PERMISSION).replace("-", "_"): level
        for name, level in given.items()
        if name.startswith(PERMISSION) and level
    }
    body: dict[str, object] = {
        **({"permissions": permissions} if permissions else {}),
        **({"repositories": names} if names else {}),
    }
    token = asked("POST", f"{api}/app/installations/{found['id']}/access_tokens", signature, body)["token"]
    say(f"::add-mask::{token}")
    for name, value in (("token", token), ("installation-id", found["id"]), ("app-slug", found["app_slug"])):
        output(name, value)


def signed(issuer: str, key: str) -> str:
    """Return the App's own proof, as PyGithub makes it."""
    try:
        return Auth.AppAuth(issuer, key).token
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a key, the real action ends as well
        fail(f"Invalid private key ({type(error).__name__}).")


def asked(method: str, url: str, signature: str, body: dict[str, object] | None = None) -> dict[str, str]:
    """Return what GitHub answers, or end the step with its words."""
    status, answer = call_json(method, url, signature, body)
    if status >= 300:
        fail(f"{answer.get('message')} - {answer.get('documentation_url')}")
    return dict(answer)
