"""A command that is run in a project: what travels to the workflow, and what comes back from it."""

import hashlib
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from receiver.task.encodable import encodable
from receiver.task.project import PROJECT

LONGEST_COMMAND = 4000  # characters
LONGEST_TIMEOUT_S = 300
MOST_OUTPUT = 200_000  # bytes of each stream; what is between its first and last half is left out
LONGEST_TEXT = MOST_OUTPUT + 200  # characters: a note says how much was left out
JOB_ID = r"^[0-9a-f]{20}$"
PLAIN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[A-Za-z0-9._~:/%+\[\]@?#&=-]{1,460}")
ROOT = {"", ".", "./", "/"}
REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")


def plain_ref(ref: str) -> str:
    """Return the name of a branch or tag, or a commit id. Raises ValueError for what git would read as more."""
    ref = ref.strip()
    if not REF.fullmatch(ref) or ".." in ref or "//" in ref or ref.endswith(("/", ".", ".lock")):
        raise ValueError("must be the name of a branch or tag, or a commit id")
    return ref


def inside_repository(path: str) -> str:
    """Return a path as git has it, nothing for the root. Raises ValueError for one that leads out of a repository."""
    if path in ROOT:
        return ""
    path = path.removeprefix("./").removesuffix("/")
    if "\\" in path or any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in path):
        raise ValueError("must not contain a backslash or a control character")
    if any(part.lower() in {"", ".", "..", ".git"} for part in path.split("/")):
        raise ValueError(
            "must begin at the repository's root, such as data/points.csv, without a slash in front, empty parts,"
            " '..' and '.git'; nothing, '.' and '/' mean the root itself"
        )
    return path


def runnable(command: str) -> str:
    """Return a command. Raises ValueError for one that says nothing or that no process can be started with."""
    if not command.strip() or "\0" in command:
        raise ValueError("must be a command for bash, without a NUL character")
    return encodable(command)


Inside = Annotated[str, Field(max_length=1000), AfterValidator(inside_repository)]
Ref = Annotated[str, AfterValidator(plain_ref)]
Shell = Annotated[str, Field(min_length=1, max_length=LONGEST_COMMAND), AfterValidator(runnable)]


def foreign_address(url: str) -> str:
    """Return the address of a public repository that is no project. Raises ValueError.

    Whether it may be reached is decided where that is done.
    """
    url = url.strip()
    parts = urlsplit(url)
    if not PLAIN_ADDRESS.fullmatch(url) or parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("must be an address such as https://github.com/owner/name")
    if "@" in parts.netloc or parts.query or parts.fragment or len(parts.path) < 2:
        raise ValueError("must be the address of a repository, without a user name, a password, '?' and '#'")
    return url


class Keep(BaseModel):
    """What becomes of the files afterwards: the next version of the project, whose task and round these are.

    With `git`, nothing is run: the files are those of that repository.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    task_key: str = Field(pattern=JOB_ID)
    round: int = Field(ge=1, le=1000)
    message: str = Field(default="", max_length=2000)
    git: Annotated[str, AfterValidator(foreign_address)] | None = None


class Execution(BaseModel):
    """One command: the client payload of execute-command. `ref` is unset for the tip of the default branch.

    `working_dir` is the folder of the project where it starts; empty for its root.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    job_id: str = Field(pattern=JOB_ID)
    project: str = Field(pattern=PROJECT)
    command: Shell
    ref: Ref | None = None
    working_dir: Inside = ""
    timeout_s: int = Field(default=LONGEST_TIMEOUT_S, ge=1, le=LONGEST_TIMEOUT_S)
    keep: Keep | None = None

    @property
    def build_id(self) -> str:
        """The id of the build that publishes what is kept: always the same for one job, so that it is built once."""
        return build_of_job(self.job_id)


def build_of_job(job_id: str) -> str:
    """Return the id of the build that publishes what a job keeps."""
    return hashlib.sha256(f"pagewright build of job {job_id}".encode()).hexdigest()[:20]


class Truncated(BaseModel):
    """Which stream was longer than what is kept of it."""

    model_config = ConfigDict(frozen=True)

    stdout: bool = False
    stderr: bool = False


class ExecutionResult(BaseModel):
    """How a command ended: the file result.json of the artifact `result-<job id>`.

    `return_code` is 128 and the signal's number when a signal ended the command, 124 when its time was over, and unset
    when it was not run; then `error` says why. `isolation` names what stood around the command. What was kept says
    `kept`; the build `build_id` publishes it. What follows is for the ledger: the command, its time, the run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    job_id: str = Field(pattern=JOB_ID)
    project: str = Field(default="", max_length=200)
    commit: str = Field(default="", pattern=r"^([0-9a-f]{40})?$")
    stdout: str = Field(default="", max_length=LONGEST_TEXT)
    stderr: str = Field(default="", max_length=LONGEST_TEXT)
    return_code: int | None = Field(default=None, ge=0, le=255)
    duration_s: float = Field(default=0.0, ge=0)
    truncated: Truncated = Truncated()
    timed_out: bool = False
    isolation: tuple[str, ...] = Field(default=(), max_length=10)
    error: str = Field(default="", max_length=2000)
    build_id: str = Field(default="", pattern=r"^([0-9a-f]{20})?$")
    kept: str = Field(default="", max_length=4000)
    command: str = Field(default="", max_length=LONGEST_COMMAND)
    at: AwareDatetime | None = None
    run_url: str = Field(default="", max_length=500)
