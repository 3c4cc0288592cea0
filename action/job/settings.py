"""How a step's settings are declared, and those that several steps have: name of the variable, default, kind, secret.

Each step declares its own beside its work, in action/steps/. The environment is read once, by `from_environ`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from action.console import SHORTEST_MASK
from action.deadline import SECONDS_FROM_RECEIPT
from action.errors import InvalidConfiguration, TokenInsufficient
from action.record import Run

MODELS = ("gemini-3.8-flash", "gemini-3.6-flash", "gemini-3.5-flash-lite")  # each has a free quota of its own
SECONDS_BETWEEN_WRITES = 1.0  # what GitHub asks for


def not_negative(value: object) -> float:
    """Return a number that is not negative. Raises ValueError."""
    try:
        found = float(str(value))
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ValueError("is not a number that can be used")
    return found


def whole(value: object) -> int:
    """Return a whole number that is not negative. Raises ValueError."""
    return int(not_negative(value))


def names(value: object) -> object:
    """Return a list that is written with commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def is_true(value: object) -> bool:
    """Whether a box is ticked: only the word counts."""
    return str(value).lower() == "true"


def long_enough(value: str) -> str:
    """Return a secret. Raises ValueError for one so short that what GitHub masks holds it by chance."""
    if len(value) < SHORTEST_MASK:
        raise ValueError(f"is shorter than {SHORTEST_MASK} characters, so GitHub would drop results that hold it")
    return value


def model_address(text: str, known: ValidationInfo) -> str:
    """Return an address that a key may be sent to. Raises ValueError for one on whose way others could read it."""
    try:
        address = urlsplit(text)
        host, there = address.hostname or "", address.netloc.lower()
    except ValueError:
        raise ValueError("is no address") from None
    is_own = {host, there} & {"localhost", "127.0.0.1", "::1", *known.data.get("allowed_hosts", ())}
    if not host or "@" in there or address.query or address.fragment:
        raise ValueError("is no address such as https://openrouter.ai/api/v1")
    if address.scheme != "https" and not (address.scheme == "http" and is_own):
        raise ValueError("is no https address (http is for localhost, and for hosts in ALLOWED_HOSTS)")
    return text.rstrip("/")


Number = Annotated[float, BeforeValidator(not_negative)]
WholeNumber = Annotated[int, BeforeValidator(whole)]
Flag = Annotated[bool, BeforeValidator(is_true)]

# The variables that several steps declare.
StudentSecret = Annotated[str, AfterValidator(long_enough), Field(validation_alias="STUDENT_SECRET", repr=False)]
GithubToken = Annotated[str, Field(validation_alias="GITHUB_TOKEN", repr=False)]
TargetToken = Annotated[str, Field(validation_alias="TARGET_TOKEN", repr=False)]
GeminiApiKey = Annotated[  # the SDK reads its address itself
    str, AfterValidator(long_enough), Field(validation_alias="GEMINI_API_KEY", repr=False)
]
OpenaiApiKey = Annotated[str, AfterValidator(long_enough), Field(validation_alias="OPENAI_API_KEY", repr=False)]
OpenaiBaseUrl = Annotated[str, AfterValidator(model_address), Field(validation_alias="OPENAI_BASE_URL")]
Models = Annotated[tuple[str, ...], BeforeValidator(names), Field(validation_alias="GEMINI_MODEL")]
AllowedHosts = Annotated[frozenset[str], BeforeValidator(names), Field(validation_alias="ALLOWED_HOSTS")]
Chrome = Annotated[str, Field(validation_alias="CHROME")]
SecondsBetweenWrites = Annotated[Number, Field(validation_alias="SECONDS_BETWEEN_WRITES")]
MostRevisions = Annotated[WholeNumber, Field(validation_alias="MAX_REVISIONS")]


class Declared(BaseModel):
    """Settings by the names of their variables; what is declared without a default is required."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Runner(Declared):
    """Where this runs: what GitHub's runner tells every job, and the action's inputs."""

    runner_temp: Path = Field(validation_alias="RUNNER_TEMP")
    temp: Path = Field(default_factory=lambda known: known["runner_temp"] / "pagewright")  # for files between steps
    event_path: Path = Field(validation_alias="GITHUB_EVENT_PATH")
    repository: str = Field(validation_alias="GITHUB_REPOSITORY")
    run_id: WholeNumber = Field(0, validation_alias="GITHUB_RUN_ID")
    attempt: WholeNumber = Field(1, validation_alias="GITHUB_RUN_ATTEMPT")
    api_url: str = Field("https://api.github.com", validation_alias="GITHUB_API_URL")
    server_url: str = Field("https://github.com", validation_alias="GITHUB_SERVER_URL")
    payload: str = Field("", validation_alias="PAGEWRIGHT_PAYLOAD", repr=False)
    task_file: str = Field("", validation_alias="PAGEWRIGHT_TASK_FILE")
    bundle: Path = Field(default_factory=lambda known: known["temp"] / "bundle", validation_alias="PAGEWRIGHT_BUNDLE")
    digest: str = Field("", validation_alias="PAGEWRIGHT_DIGEST")
    output: Path | None = Field(None, validation_alias="GITHUB_OUTPUT")
    summary: Path | None = Field(None, validation_alias="GITHUB_STEP_SUMMARY")
    callback_within_s: Number = Field(SECONDS_FROM_RECEIPT, validation_alias="CALLBACK_WITHIN_S")
    target_owner: str = Field(  # who owns the target repositories: whoever owns this one, unless it is named
        default_factory=lambda known: known["repository"].partition("/")[0], validation_alias="TARGET_OWNER"
    )

    @property
    def record(self) -> Path:
        """Where the steps of a job keep the build's record."""
        return self.temp / "record.json"

    @property
    def clone(self) -> Path:
        """Where the steps of a job keep the clone of the target repository."""
        return self.temp / "target.git"

    @property
    def run(self) -> Run:
        """This run, as records name it."""
        url = f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
        return Run(repository=self.repository, run_id=self.run_id, attempt=self.attempt, url=url)


class Settings(Declared):
    """What a step needs: the runner, and what it declares besides."""

    runner: Runner

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings. Empty means unset. Raises InvalidConfiguration, which names everything that is wrong."""
        stripped = {name: text.strip() for name, text in environ.items() if name.isupper()}
        given: dict[str, Any] = {name: text for name, text in stripped.items() if text}
        try:
            return cls.model_validate({**given, "runner": given})
        except ValidationError as error:
            problems = [
                " ".join(map(str, [*each["loc"][-1:], each["ctx"]["error"] if "ctx" in each else "is not set"]))
                for each in error.errors()
                if each["type"] != "default_factory_not_called"  # it waits for one of the others
            ]
            raise incomplete(problems) from None


def incomplete(problems: list[str]) -> InvalidConfiguration:
    """Return the error of settings that a step cannot work with."""
    return InvalidConfiguration(
        f"The configuration is not complete: {'; '.join(problems)}.",
        "a secret or variable of the runner repository is missing, empty, or too short.",
        "Set it under Settings, Secrets and variables, Actions; docs/own.md has the list.",
    )


class ModelSettings(Settings):
    """Which models are asked in which order, and the key of each wire: a wire that no model's name has needs none."""

    models: Models = MODELS
    gemini_api_key: GeminiApiKey = ""
    allowed_hosts: AllowedHosts = frozenset()
    openai_api_key: OpenaiApiKey = ""
    openai_base_url: OpenaiBaseUrl = ""


class PublishingSettings(Settings):
    """What the steps with the publishing token have: one that a person made, or that of a GitHub App."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings. Raises InvalidConfiguration, and TokenInsufficient when the App gave no token."""
        if environ.get("APP_ID", "").strip() and not environ.get("TARGET_TOKEN", "").strip():
            raise TokenInsufficient(
                "The GitHub App in the variable APP_ID gave no token.",
                "the secret APP_PRIVATE_KEY is missing or another App's, the App is not installed on the account that "
                "owns the target repositories, or its installation lacks one of Administration, Contents, Pages, "
                "Workflows: write; Actions: read.",
                "Read what the step 'Get a token of the GitHub App' says, and set the App up as docs/own.md says.",
            )
        return super().from_environ(environ)
