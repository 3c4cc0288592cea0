"""What the receiver is told from outside: read once, checked whole, then never changed."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from github.Auth import AppAuth
from jwt import PyJWTError

from receiver.access import AccessKey, read_keys

REQUIRED = ("STUDENT_SECRET", "GITHUB_TOKEN", "RUNNER_REPOSITORY")
APP = ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY")  # both of them in place of GITHUB_TOKEN
JSON_AROUND = 64 * 1024  # bytes: a 15 MiB attachment is 20 MiB of base64, and the request around it comes on top
LOG_FORMATS = ("text", "json")
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:\d{1,5})?")
SHORTEST_SECRET = 8  # characters, as in the runner repository: GitHub drops results of jobs that hold a secret


class CannotStart(Exception):
    """The configuration is not usable. The message is shown as it is."""

    exit_code = 2

    def __init__(self, what: list[str]) -> None:
        super().__init__(
            f"The receiver did not start: {'; '.join(what)}.\n"
            "Likely cause: the host's settings lack these names, or hold nothing or a typing error under them.\n"
            "Next step: set them as .env.example shows (docs/deploy.md says where on each host), then start again."
        )


@dataclass(frozen=True)
class Config:
    """The whole configuration. `secret`, `token` and `app_key` never appear in a text form of it."""

    secret: str = field(repr=False)
    token: str = field(repr=False)
    repository: str
    api_url: str = "https://api.github.com"
    max_request_mb: int = 20
    github_timeout_s: int = 10
    target_owner: str = ""  # who owns the projects; the runner repository's owner when it is not set
    execute_wait_s: int = 120
    dashboard_url: str = ""  # the address at which Pages serves the runner repository when it is not set
    allowed_hosts: frozenset[str] = frozenset()  # callbacks may go there although they are not on the public internet
    cors_origins: frozenset[str] = frozenset()  # front ends of other origins that may ask the api from a browser
    host: str = "127.0.0.1"
    port: int = 8000
    app_id: str = ""  # of a GitHub App, in place of the token
    app_key: str = field(default="", repr=False)
    keys: tuple[AccessKey, ...] = ()  # besides the secret, which may do everything
    log_format: str = LOG_FORMATS[0]

    @property
    def max_request_bytes(self) -> int:
        """The largest body that is read."""
        return self.max_request_mb * 1024 * 1024 + JSON_AROUND

    @property
    def owner(self) -> str:
        """Who owns the projects."""
        return self.target_owner or self.repository.partition("/")[0]

    def dashboard_page(self, task_key: str) -> str:
        """Return where the dashboard shows a task."""
        owner, _, name = self.repository.lower().partition("/")
        site = f"https://{owner}.github.io/"
        usual = site if name == f"{owner}.github.io" else f"{site}{self.repository.partition('/')[2]}/"
        return f"{(self.dashboard_url or usual).rstrip('/')}/task.html?key={task_key}"

    @property
    def finish_within_s(self) -> int:
        """How long a request in flight may still take: seven calls to GitHub and a margin.

        Two make the token of an App, five store and dispatch.
        """
        return 7 * self.github_timeout_s + 10

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Config":
        """Read the configuration; empty means unset. Raises CannotStart, which names everything that is wrong."""
        given = {name: value for name, value in environ.items() if value.strip()}
        wrong = [f"{name} is not set" for name in needed(given) if name not in given]
        config = cls(
            secret=given.get("STUDENT_SECRET", ""),
            token=given.get("GITHUB_TOKEN", "").strip(),
            repository=given.get("RUNNER_REPOSITORY", "").strip(),
            api_url=given.get("GITHUB_API_URL", cls.api_url).strip().rstrip("/"),
            max_request_mb=whole_number(given, "MAX_REQUEST_MB", cls.max_request_mb, range(1, 101), wrong),
            github_timeout_s=whole_number(given, "GITHUB_TIMEOUT_S", cls.github_timeout_s, range(1, 61), wrong),
            target_owner=given.get("TARGET_OWNER", "").strip(),
            execute_wait_s=whole_number(given, "EXECUTE_WAIT_S", cls.execute_wait_s, range(121), wrong),
            dashboard_url=given.get("DASHBOARD_URL", "").strip(),
            allowed_hosts=frozenset(given.get("ALLOWED_HOSTS", "").replace(",", " ").lower().split()),
            cors_origins=frozenset(given.get("CORS_ORIGINS", "").replace(",", " ").lower().split()),
            host=given.get("HOST", cls.host).strip(),
            port=whole_number(given, "PORT", cls.port, range(65536), wrong),
            app_id=given.get("GITHUB_APP_ID", "").strip(),
            app_key=given.get("GITHUB_APP_PRIVATE_KEY", "").replace("\\n", "\n").strip(),
            keys=read_keys(given, wrong),
            log_format=given.get("LOG_FORMAT", cls.log_format).strip(),
        )
        if wrong := wrong + misshapen(config):
            raise CannotStart(wrong)
        return config


def needed(given: Mapping[str, str]) -> tuple[str, ...]:
    """Return which names must be set: those of an App instead of the token when one of them is."""
    return (*APP, *(name for name in REQUIRED if name != "GITHUB_TOKEN")) if given.keys() & {*APP} else REQUIRED


def whole_number(given: Mapping[str, str], name: str, default: int, allowed: range, wrong: list[str]) -> int:
    """Return a setting as a number; what is wrong with it is added to `wrong`."""
    text = given.get(name, str(default)).strip()
    if text.isascii() and text.isdecimal() and int(text) in allowed:
        return int(text)
    wrong.append(f"{name} is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return default


def misshapen(config: Config) -> list[str]:
    """Return what is set but cannot be right."""
    wrong = []
    if 0 < len(config.secret.strip()) < SHORTEST_SECRET:
        wrong.append(f"STUDENT_SECRET is shorter than {SHORTEST_SECRET} characters (16 random ones are good)")
    if config.repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", config.repository, re.ASCII):
        wrong.append("RUNNER_REPOSITORY is not of the form owner/name")
    if not re.fullmatch(r"[\w.-]*", config.target_owner, re.ASCII):
        wrong.append("TARGET_OWNER is not the name of a user or an organisation")
    if config.log_format not in LOG_FORMATS:
        wrong.append(f"LOG_FORMAT is not {' or '.join(LOG_FORMATS)}")
    for name, text in (("GITHUB_API_URL", config.api_url), ("DASHBOARD_URL", config.dashboard_url)):
        if text and not is_address(text):
            wrong.append(f"{name} is not an http or https address")
    wrong += wrong_origins(config.cors_origins)
    if not config.token.isascii() or len(config.token.split()) > 1:
        wrong.append("GITHUB_TOKEN is not a token (it has spaces or letters that tokens do not have)")
    if config.token and (config.app_id or config.app_key):
        wrong.append(
            "GITHUB_TOKEN is set beside a GitHub App (GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY); keep one of them"
        )
    if config.app_id and config.app_key and not can_sign(config):
        wrong.append("GITHUB_APP_PRIVATE_KEY is not a whole private key (a .pem file, with its first and last line)")
    return wrong


def wrong_origins(origins: frozenset[str]) -> list[str]:
    """Say which origins are none: a browser sends them without a path, and '*' would be everybody."""
    odd = sorted(each for each in origins if not ORIGIN.fullmatch(each))
    return [f"CORS_ORIGINS holds {each[:100]}, which is no origin such as https://front.example.org" for each in odd]


def is_address(text: str) -> bool:
    """Whether it is an address that can be asked."""
    address = urlsplit(text)
    return address.scheme in {"http", "https"} and bool(address.hostname)


def can_sign(config: Config) -> bool:
    """Whether the App's key is one."""
    try:
        return bool(AppAuth(config.app_id, config.app_key).token)
    except (PyJWTError, ValueError, TypeError):  # the latter two are cryptography's
        return False


def with_env_file(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment, and what the file .env of a folder says besides: variables that are set win.

    Raises CannotStart for a file that cannot be read.
    """
    try:
        file = dotenv_values(folder / ".env", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart([f"the file .env cannot be read ({type(error).__name__})"]) from None
    found = {name: value for name, value in file.items() if value} | {n: v for n, v in environ.items() if v.strip()}
    if "KEYS_FILE" in found:  # gunicorn goes to another folder before it is read once more
        found["KEYS_FILE"] = str(folder / found["KEYS_FILE"].strip())
    return found


def environment_or_exit(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment and the .env of the working folder; a program that cannot read it ends here."""
    try:
        return with_env_file(environ, Path.cwd())
    except CannotStart as reason:
        print(reason, file=sys.stderr)  # noqa: T201
        sys.exit(reason.exit_code)


def read_or_exit(environ: Mapping[str, str]) -> Config:
    """Return the configuration; a program without one ends here, with a message and no traceback."""
    try:
        return Config.from_environ(environ)
    except CannotStart as reason:
        print(reason, file=sys.stderr)  # noqa: T201  (a start that fails speaks to a person)
        sys.exit(reason.exit_code)
