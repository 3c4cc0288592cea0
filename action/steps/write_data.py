"""`python -m action write_data`: let the branch dashboard-data be the dashboard's JSON, as one commit without history.

So everything can be read through GitHub's API, also of a private repository, and where there is no Pages.
"""

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from action.console import Console
from action.errors import DataNotWritten, UserError
from action.gates.file_policy import read_regular_file, walk
from action.github.git import Git
from action.job.settings import GithubToken, Settings

BRANCH = "dashboard-data"
KNOWN = re.compile(r"tasks/[0-9a-f]{20}\.json|tasks\.json|stats\.json")  # below api/
LARGEST_LIST = 64_000_000  # bytes: of 60,000 tasks
LARGEST_DOCUMENT = 8_000_000
LARGEST_TOGETHER = 800_000_000
MOST_FILES = 100_000
MOST_NAMED = 10
SECONDS_FOR_GIT = 300.0
README = f"""# The dashboard's data

What the dashboard shows, as JSON: `api/tasks.json`, `api/tasks/<key>.json`, `api/stats.json`.
The workflow `dashboard.yml` replaces this branch (`{BRANCH}`) after each collection; it has no history.
`docs/dashboard.md` on the default branch describes the files; the receiver's `GET /tasks` reads them.
"""


class DataSettings(Settings):
    """The run's own token, and the folder that the rendering job has handed over."""

    github_token: GithubToken
    folder: Path = Field(validation_alias="DASHBOARD_DATA")
    commit: str = Field(validation_alias="DASHBOARD_COMMIT")


@dataclass
class Data:
    """The files by their paths in the branch, and what was left out."""

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = DataSettings.from_environ(environ)
    runner = settings.runner
    with console.group(f"Write the branch {BRANCH}") as shown:
        data = known_files(settings.folder)
        url = f"{runner.server_url}/{runner.repository}.git"
        git = Git(  # shallow, so that git compares with the commit that it replaces, and sends what is new
            runner.temp / "data.git",
            url,
            BRANCH,
            settings.github_token,
            environ,
            depth=1,
            seconds=SECONDS_FOR_GIT,
        )
        try:
            git.replace(f"Show the ledger at {settings.commit}\n", {"README.md": README.encode(), **data.files})
        except UserError as error:
            raise not_written(error.what) from None
        shown.verdict = f"{len(data.files)} files"
    for reason in data.left_out[:MOST_NAMED]:
        console.warning(f"Left out of the branch {BRANCH}: {reason}")


def known_files(folder: Path) -> Data:
    """Return what the dashboard writes below api/, read without following links. Raises DataNotWritten.

    The job that wrote it shows what others wrote: so only names that are known are taken, and only JSON.
    """
    data, size = Data(), 0
    for entry in sorted(walk(folder, frozenset()), key=lambda entry: entry.path):
        name = Path(entry.path).relative_to(folder).as_posix()
        if not KNOWN.fullmatch(name):
            data.left_out.append(f"{name!r} is no file of the dashboard's JSON")
            continue
        status, largest = entry.stat(follow_symlinks=False), LARGEST_DOCUMENT if "/" in name else LARGEST_LIST
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            data.left_out.append(f"{name} is no regular file, or larger than {largest:,} bytes")
            continue
        size += status.st_size
        if size > LARGEST_TOGETHER or len(data.files) >= MOST_FILES:
            raise not_written(f"it is more than {MOST_FILES:,} files or {LARGEST_TOGETHER:,} bytes.")
        body = read_regular_file(entry.path)
        if not is_json(body):
            data.left_out.append(f"{name} is no JSON object")
            continue
        data.files[f"api/{name}"] = body
    if "api/tasks.json" not in data.files:
        raise not_written("the list tasks.json is missing.")
    return data


def is_json(body: bytes) -> bool:
    """Whether it is one JSON object."""
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def not_written(reason: str) -> DataNotWritten:
    """Return the error of data that cannot be read through GitHub's API."""
    return DataNotWritten(
        f"The branch {BRANCH} could not be brought up to date: {reason}",
        "a rule protects the branch, GitHub has an incident, or the dashboard is larger than it should be.",
        "Let github-actions write to the branch by force, then run this workflow again; the ledger has everything.",
    )
