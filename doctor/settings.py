"""What doctor and setup are told: the names that the receiver and the workflows have, and a token for the settings."""

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field

from action.errors import InvalidConfiguration
from action.job.settings import Declared

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class OwnSettings(Declared):
    """All but the repository may be missing: then what needs them is not looked at, and that is said."""

    repository: str = Field("", validation_alias="RUNNER_REPOSITORY")
    setup_token: str = Field("", validation_alias="SETUP_TOKEN", repr=False)
    dispatch_token: str = Field("", validation_alias="GITHUB_TOKEN", repr=False)
    target_token: str = Field("", validation_alias="TARGET_TOKEN", repr=False)
    app_id: str = Field("", validation_alias="APP_ID")
    app_key: str = Field("", validation_alias="APP_PRIVATE_KEY", repr=False)
    student_secret: str = Field("", validation_alias="STUDENT_SECRET", repr=False)
    keys: str = Field("", validation_alias="KEYS", repr=False)
    keys_file: str = Field("", validation_alias="KEYS_FILE")
    gemini_api_key: str = Field("", validation_alias="GEMINI_API_KEY", repr=False)
    openai_api_key: str = Field("", validation_alias="OPENAI_API_KEY", repr=False)
    openai_url: str = Field("", validation_alias="OPENAI_BASE_URL")
    gemini_model: str = Field("", validation_alias="GEMINI_MODEL")
    gemini_url: str = Field("", validation_alias="GOOGLE_GEMINI_BASE_URL")
    target_owner: str = Field("", validation_alias="TARGET_OWNER")
    receiver_url: str = Field("", validation_alias="RECEIVER_URL")
    api_url: str = Field("https://api.github.com", validation_alias="GITHUB_API_URL")
    server_url: str = Field("https://github.com", validation_alias="GITHUB_SERVER_URL")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; empty means unset. Raises InvalidConfiguration without a repository."""
        stripped = {name: text.strip() for name, text in environ.items() if name.isupper()}
        settings = cls.model_validate({name: text for name, text in stripped.items() if text})
        if not REPOSITORY.fullmatch(settings.repository):
            is_set = "is not of the form owner/name" if settings.repository else "is not set"
            raise InvalidConfiguration(
                f"There is no set-up to look at: RUNNER_REPOSITORY {is_set}.",
                "this is the first time, or this shell does not have the settings.",
                "Set what you have, for example: export RUNNER_REPOSITORY=you/your-runner-repository; then say it "
                "again. docs/own.md lists the names, under 'See that all is well'.",
            )
        return settings

    @classmethod
    def is_set(cls, settings: Self, name: str) -> bool:
        """Whether a setting has a value, by the name of its variable."""
        return any(bool(getattr(settings, field)) for field, each in cls.model_fields.items()
                   if each.validation_alias == name)  # fmt: skip

    @property
    def runner_owner(self) -> str:
        """Who owns the runner repository."""
        return self.repository.partition("/")[0]
