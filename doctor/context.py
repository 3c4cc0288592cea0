"""What every check is given: the settings, GitHub through each token, the web, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import requests

from action.job.settings import MODELS, names
from doctor.findings import CannotLook
from doctor.github import GitHub, Reply
from doctor.settings import OwnSettings


@dataclass
class Context:
    """`now` returns the time of this machine, with its zone."""

    settings: OwnSettings
    session: requests.Session
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    opened: dict[str, GitHub] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a setting has a value, by the name of its variable."""
        return OwnSettings.is_set(self.settings, name)

    def github(self, token: str) -> GitHub:
        """Return GitHub as it is for a token."""
        if token not in self.opened:
            self.opened[token] = GitHub(self.session, self.settings.api_url, token, self.sleep)
        return self.opened[token]

    @property
    def reader(self) -> GitHub:
        """GitHub for what needs no certain permission: through the token that may see most."""
        own = self.settings
        return self.github(own.setup_token or own.target_token or own.dispatch_token)

    def path(self, rest: str = "") -> str:
        """Return a path of the API in the runner repository."""
        return f"/repos/{self.settings.repository}{rest}"

    def web(self, rest: str = "") -> str:
        """Return an address of the runner repository for people."""
        return f"{self.settings.server_url}/{self.settings.repository}{rest}"

    @property
    def web_of_tokens(self) -> str:
        """The address at which people make and change tokens."""
        return f"{self.settings.server_url}/settings/personal-access-tokens"

    def is_organization(self, owner: str) -> bool:
        """Whether an account is an organisation."""
        account = self.reader.get(f"/users/{owner}").body
        return isinstance(account, dict) and account.get("type") == "Organization"

    def settings_of_runner(self, rest: str, permission: str) -> Reply:
        """Return what only an administrator may read. Raises CannotLook, GitHubUnavailable."""
        reply = self.github(self.settings.setup_token).get(self.path(rest))
        if reply.status == 401:
            raise CannotLook("GitHub does not accept SETUP_TOKEN")
        if reply.status in {403, 404}:
            raise CannotLook(f"SETUP_TOKEN lacks {permission} on {self.settings.repository}")
        if reply.status != 200:
            raise CannotLook(f"GitHub answered {reply.status} when it was asked for {rest.partition('?')[0]}")
        return reply

    @cached_property
    def variables(self) -> dict[str, str]:
        """The variables of the runner repository, as far as they can be read; nothing without SETUP_TOKEN."""
        if not self.settings.setup_token:
            return {}
        reply = self.settings_of_runner("/actions/variables?per_page=100", "Variables: read")
        return {str(each.get("name")): str(each.get("value")) for each in reply.entries("variables")}

    def variable(self, name: str, here: str) -> str:
        """Return what builds use: the repository's variable where it can be read, else what is set here."""
        try:
            return self.variables.get(name, "") or here
        except CannotLook:
            return here

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that builds ask."""
        given = names(self.variable("GEMINI_MODEL", self.settings.gemini_model))
        return (given if isinstance(given, tuple) else ()) or MODELS

    @property
    def openai_url(self) -> str:
        """The address for models over OpenAI's wire; empty means OpenAI's own."""
        return self.variable("OPENAI_BASE_URL", self.settings.openai_url).rstrip("/")

    @property
    def target_owner(self) -> str:
        """Who owns the target repositories."""
        return self.variable("TARGET_OWNER", self.settings.target_owner) or self.settings.runner_owner
