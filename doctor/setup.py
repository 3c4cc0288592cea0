"""`python -m doctor setup`: make what GitHub's API can make of a set-up; doing it again changes nothing but secrets."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from nacl.public import PublicKey, SealedBox

from action.errors import InvalidConfiguration, TokenInsufficient
from action.github.target_api import AcceptedToken, not_accepted
from action.model.fallback import missing_key
from doctor.context import Context
from doctor.findings import CannotLook
from doctor.github import GitHub, Reply
from doctor.runner import (
    APP_KEY,
    KEYS_OF_MODELS,
    STEPS,
    WORKFLOWS,
    known_variables,
    misread_by,
    wanted_secrets,
    workflow_states,
)
from doctor.services import KEYS

SETUP_PERMISSIONS = ("actions", "administration", "pages", "secrets", "actions_variables")
DISPATCH_PERMISSIONS = ("contents", "actions")
PUBLISHING_PERMISSIONS = ("administration", "contents", "pages", "workflows")


EXPIRES = "DISPATCH_TOKEN_EXPIRES"  # a variable, which the workflow reconcile reads


class NotDone(Exception):
    """GitHub refused a part; the others are done all the same."""


@dataclass(frozen=True)
class Setup:
    """`ask` returns a secret that somebody types, "" for none."""

    context: Context
    environ: Mapping[str, str]
    ask: Callable[[str], str]

    def run(self) -> Iterator[str]:
        """Do all of it; yield a line for each thing: ✓ done, or as it was; ✗ refused. Raises UserError."""
        self.require_token()
        for part in (self.secrets, self.variables, self.actions, self.workflows, self.pages):
            try:
                yield from (f"✓ {line}" for line in part())
            except (NotDone, CannotLook) as reason:
                yield f"✗ {reason}"
        yield "Only you can do these:"
        yield from (f"  - {line}" for line in self.for_people())

    def require_token(self) -> None:
        """Raise UserError without a token that may change the repository."""
        own = self.context.settings
        if not own.setup_token:
            raise InvalidConfiguration(
                "SETUP_TOKEN is not set: nothing can be changed in the runner repository.",
                "it is a third token, only for this, and you can delete it afterwards.",
                f"Make it, for {own.repository} only, and set it: {self.new_token('setup', SETUP_PERMISSIONS, 7)}\n"
                "           (or, with GitHub's own program: export SETUP_TOKEN=$(gh auth token))",
            )
        reply = self.github.get(self.context.path())
        if reply.status == 401:
            raise not_accepted("setup token", "Make a new one: " + self.new_token("setup", SETUP_PERMISSIONS, 7))
        if reply.status != 200:
            raise TokenInsufficient(
                f"GitHub answered {reply.status} for {own.repository}.",
                "there is no such repository, or SETUP_TOKEN may not see it.",
                "Correct RUNNER_REPOSITORY, or make the token for that repository.",
            )

    @property
    def github(self) -> GitHub:
        """GitHub through the token for the settings."""
        return self.context.github(self.context.settings.setup_token)

    def secrets(self) -> Iterator[str]:
        """Write each secret that is in the environment or typed now, sealed for the repository."""
        wanted = wanted_secrets(self.context, self.context.variable("APP_ID", "") or self.context.settings.app_id)
        given = {name: self.environ.get(name, "").strip() for name in dict.fromkeys((*wanted, *KEYS_OF_MODELS))}
        given |= {name: self.typed(name) for name in wanted if not given[name]}
        if not any(given.values()):
            yield "secrets: none given, all left as they are"
            return
        key = self.done(self.github.get(self.context.path("/actions/secrets/public-key")), "Secrets: write")
        for name, value in given.items():
            if value:
                body = {"encrypted_value": sealed(value, key.body["key"]), "key_id": key.body["key_id"]}
                reply = self.change("PUT", f"/actions/secrets/{name}", body, "Secrets: write")
                yield f"secret {name}: {'set' if reply.status == 201 else 'replaced'}"

    def typed(self, name: str) -> str:
        """Return a secret that somebody types now; nobody types a key of many lines."""
        return "" if name == APP_KEY else self.ask(name).strip()

    def variables(self) -> Iterator[str]:
        """Write each variable that is in the environment and differs. What builds would refuse is not written."""
        found = {name: self.environ.get(name, "").strip() for name in sorted(known_variables())}
        given = {name: value for name, value in {**found, EXPIRES: self.dispatch_token_expires()}.items() if value}
        if wrong := sorted({problem for step in STEPS for problem in misread_by(step, given)}):
            raise NotDone(f"variables: none written, because {'; '.join(wrong)}")
        before = self.context.variables
        for name, value in given.items():
            body = {"name": name, "value": value}
            if name not in before:
                self.change("POST", "/actions/variables", body, "Variables: write")
            elif before[name] != value:
                self.change("PATCH", f"/actions/variables/{name}", body, "Variables: write")
            yield f"variable {name}: {'as it was' if before.get(name) == value else value}"
        if EXPIRES in before and self.context.settings.dispatch_token and EXPIRES not in given:
            self.change("DELETE", f"/actions/variables/{EXPIRES}", None, "Variables: write")
            yield f"variable {EXPIRES}: deleted, because the dispatch token has no end that GitHub tells"

    def dispatch_token_expires(self) -> str:
        """Return when the receiver's token expires, which no workflow can ask; "" when nobody knows."""
        if not (token := self.context.settings.dispatch_token):
            return ""
        known = AcceptedToken.of(self.context.github(token).get("/user").headers, self.context.now())
        return f"{known.expires_at:%Y-%m-%d %H:%M:%S} UTC" if known.expires_at else ""

    def actions(self) -> Iterator[str]:
        """Let Actions run, unless they do."""
        reply = self.context.settings_of_runner("/actions/permissions", "Administration: read")
        allowed = reply.body if isinstance(reply.body, dict) else {}
        if allowed.get("enabled") and allowed.get("allowed_actions") != "local_only":
            yield "Actions: on"
            return
        self.change("PUT", "/actions/permissions", {"enabled": True, "allowed_actions": "all"}, "Administration: write")
        yield "Actions: switched on"

    def workflows(self) -> Iterator[str]:
        """Switch each workflow on, but those that somebody switched off and no page needs."""
        states = workflow_states(self.context)
        here = {file: state for file, state in states.items() if file in WORKFLOWS}
        for file, state in here.items():
            if state == "disabled_manually" and not WORKFLOWS[file].is_needed:
                yield f"workflow {file}: off, as somebody wanted it"
            elif state != "active":
                self.change("PUT", f"/actions/workflows/{file}/enable", None, "Actions: write")
                yield f"workflow {file}: switched on"
        yield f"workflows: {len(here)} of {len(WORKFLOWS)} are there"

    def pages(self) -> Iterator[str]:
        """Let the workflow publish the dashboard."""
        reply = self.github.get(self.context.path("/pages"))
        built = reply.body.get("build_type") if isinstance(reply.body, dict) else None
        if reply.status == 200 and built == "workflow":
            yield "Pages: made by the workflow"
            return
        method = "PUT" if reply.status == 200 else "POST"
        self.change(method, "/pages", {"build_type": "workflow"}, "Pages and Administration: write")
        yield "Pages: switched to the workflow"

    def change(self, method: str, path: str, body: dict[str, Any] | None, permission: str) -> Reply:
        """Change something in the runner repository. Raises NotDone, UserError."""
        return self.done(self.github.send(method, self.context.path(path), body), permission)

    def done(self, reply: Reply, permission: str) -> Reply:
        """Return a reply that is no refusal. Raises NotDone."""
        if reply.status in {401, 403, 404}:
            raise NotDone(f"SETUP_TOKEN lacks {permission} on {self.context.settings.repository}: {reply.said}")
        if reply.status >= 300:
            raise NotDone(f"GitHub answered {reply.status}: {reply.said}")
        return reply

    def for_people(self) -> Iterator[str]:
        """Yield what has no API, with its address: what is set here already is not asked for again."""
        own, owner = self.context.settings, self.context.target_owner
        if not own.dispatch_token:
            link = self.new_token("dispatch", DISPATCH_PERMISSIONS, 366)
            yield f"the dispatch token, only for {own.repository}; the receiver's GITHUB_TOKEN: {link}"
        if own.app_id and not own.app_key:
            yield "the App's key, as APP_PRIVATE_KEY=$(cat FILE.pem); then make setup again"
        if not own.target_token and not own.app_id:
            link = self.new_token("publishing", PUBLISHING_PERMISSIONS, 366, owner, actions="read")
            yield f"the publishing token, for All repositories; then make setup again: {link}"
        if self.context.is_organization(owner):
            where = f"{own.server_url}/organizations/{owner}/settings/personal-access-token-requests"
            yield f"approve the tokens, as an owner of {owner}: {where}"
        if missing := missing_key(self.context.models, own.gemini_api_key, own.openai_api_key, self.context.openai_url):
            where = f": {KEYS}" if missing == "GEMINI_API_KEY" else ""
            yield f"a key for the model, as {missing}; then make setup again{where}"
        if not workflow_states(self.context):
            yield f"in a fork, allow workflows once: {self.context.web('/actions')}"
        if not own.receiver_url:
            yield "start the receiver (docs/deploy.md), and set RECEIVER_URL to its address"
        yield "then look whether all is well: make doctor"

    def new_token(self, name: str, permissions: tuple[str, ...], days: int, owner: str = "", **more: str) -> str:
        """Return the address of GitHub's form for a token, filled in; people choose there for which repositories."""
        own = self.context.settings
        wanted = dict.fromkeys(permissions, "write") | more
        about = {"name": f"pagewright {name}", "target_name": owner or own.runner_owner, "expires_in": str(days)}
        return f"{own.server_url}/settings/personal-access-tokens/new?{urlencode({**about, **wanted})}"


def sealed(value: str, key: str) -> str:
    """Return a secret as only GitHub can read it."""
    return base64.b64encode(SealedBox(PublicKey(base64.b64decode(key))).encrypt(value.encode())).decode()
