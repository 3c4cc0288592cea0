"""Which repository a project id means. Projects are repositories of one owner; no other repository can be named."""

import hashlib
import re

BUILD_NOTE = ".pagewright/build.json"  # what every published repository holds, and no other does
PROJECT = r"^[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}$"  # owner/name
COMMIT = r"^([0-9a-f]{40})?$"  # or none
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
NOT_NAMES = {".", ".."}
DIGITS_OF_KEY = 10  # in a repository's name; with six, two of some thousand tasks of one name would share a repository


def project_name(project_id: str, owner: str, runner: str) -> str:
    """Return "owner/name" for a name, or for an owner's name and a name. Raises ValueError with a sentence.

    `runner` is the runner repository ("owner/name"): it is no project, whatever files it has.
    """
    given, slash, name = project_id.rpartition("/")
    if slash and given.lower() != owner.lower():
        raise ValueError(f"projects are repositories of {owner}; give the repository's name, or {owner}/name")
    if not NAME.fullmatch(name) or name in NOT_NAMES or name.lower().endswith(".git"):
        raise ValueError("must be the name of a repository (letters, digits, dots, hyphens and underscores)")
    if f"{owner}/{name}".lower() == runner.lower():
        raise ValueError("is the repository that runs Pagewright, and no project")
    return f"{owner}/{name}"


def key_of_brought(project: str) -> str:
    """Return the key of the task that a project ("owner/name") is which began with files that somebody brought.

    Its name is public and says all. So whoever reads the repository's note can see that it speaks of this project.
    """
    return hashlib.sha256(f"pagewright project {project.lower()}".encode()).hexdigest()[:20]


def task_of(project: str, task_key: str) -> str | None:
    """Return the name of the task in that of its repository ("owner/name"); None when it is of another task."""
    name = project.partition("/")[2]
    if task_key == key_of_brought(project):
        return name
    ending = re.escape(task_key[:DIGITS_OF_KEY])
    found = re.fullmatch(rf"([a-z0-9]+(?:-[a-z0-9]+)*)-{ending}(?:-[1-9][0-9]*)?", name)
    return found[1] if found and len(task_key) > DIGITS_OF_KEY else None
