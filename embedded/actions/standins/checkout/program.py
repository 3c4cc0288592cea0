"""Stands in for actions/checkout: a real clone over smart HTTP."""

import base64
import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path

from embedded.actions.standins.runner import fail, inputs, is_true, output, say

GIT = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}


class Repository:
    """A working directory; the credential travels in git's environment, never in its arguments."""

    def __init__(self, directory: Path, url: str, token: str) -> None:
        self._directory, self._url = directory, url
        self.header = "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
        key = f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader"
        secret = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": self.header}
        self._environment = {**os.environ, **GIT, **(secret if token else {})}

    def git(self, *arguments: str) -> str:
        """Run git; a failure is the step's failure."""
        done = self.tried(*arguments)
        if done.returncode:
            fail(f"git {arguments[0]} failed for {self._url}: {done.stderr.strip()}")
        return done.stdout.strip()

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git and return how it went."""
        command = ["git", "-C", str(self._directory), *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)


def main() -> None:
    """Clone what the inputs say into the workspace."""
    given = inputs()
    name = given["repository"] or os.environ["GITHUB_REPOSITORY"]
    url = f"{given['github-server-url'] or os.environ['GITHUB_SERVER_URL']}/{name}"
    directory = Path(os.environ["GITHUB_WORKSPACE"], given["path"])
    empty(directory, keep=not is_true(given["clean"]) if given["path"] else False)
    repository = Repository(directory, url, given["token"])
    say(f"Syncing repository: {name}")
    repository.git("init", "--quiet")
    repository.git("remote", "add", "origin", url)
    fetch(repository, given, own=name.lower() == os.environ["GITHUB_REPOSITORY"].lower())
    if is_true(given["persist-credentials"]):
        persist(repository)
    commit = repository.git("log", "-1", "--format=%H")
    say(commit)
    output("commit", commit)


def empty(directory: Path, *, keep: bool) -> None:
    """Make the directory, without anything in it."""
    directory.mkdir(parents=True, exist_ok=True)
    for entry in [] if keep else list(directory.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def fetch(repository: Repository, given: dict[str, str], *, own: bool) -> None:
    """Fetch and check out a ref, as the real action chooses it."""
    ref, commit = given["ref"], ""
    if not ref and own:
        ref, commit = os.environ["GITHUB_REF"], os.environ["GITHUB_SHA"]
    elif re.fullmatch(r"[0-9a-f]{40}", ref):
        ref, commit = "", ref
    ref = ref or ("" if commit else default_branch(repository))
    target = commit or resolved(repository, ref)
    wide = ["+refs/heads/*:refs/remotes/origin/*"] if given["fetch-depth"] == "0" else []
    repository.git("fetch", "--quiet", *limits(given), "origin", *wide, f"+{target}:refs/pagewright/checkout")
    if paths := sparse(given):
        cone = is_true(given["sparse-checkout-cone-mode"] or "true")
        repository.git("sparse-checkout", "set", "--cone" if cone else "--no-cone", *paths)
    check_out(repository, ref)
    output("ref", given["ref"] or ref)


def limits(given: dict[str, str]) -> list[str]:
    """Return what keeps the fetch small. Of a sparse checkout, git fetches the files when it writes them."""
    depth = given["fetch-depth"]
    history = ["--tags"] if depth == "0" else ["--no-tags", f"--depth={depth}"]
    return [*history, "--filter=blob:none"] if sparse(given) else history


def sparse(given: dict[str, str]) -> list[str]:
    """Return the paths to check out; none means all."""
    return [path.strip() for path in given["sparse-checkout"].splitlines() if path.strip()]


def check_out(repository: Repository, ref: str) -> None:
    """Stand on a local branch for a branch, detached for everything else."""
    branch = ref.removeprefix("refs/heads/") if not ref.startswith("refs/tags/") else ""
    if branch:
        repository.git("update-ref", f"refs/remotes/origin/{branch}", "refs/pagewright/checkout")
        repository.git("checkout", "--quiet", "--force", "-B", branch, f"refs/remotes/origin/{branch}")
    else:
        repository.git("checkout", "--quiet", "--force", "--detach", "refs/pagewright/checkout")
    repository.git("update-ref", "-d", "refs/pagewright/checkout")


def default_branch(repository: Repository) -> str:
    """Ask the server for its default branch."""
    found = re.search(r"^ref: (\S+)\tHEAD", repository.git("ls-remote", "--symref", "origin", "HEAD"), re.MULTILINE)
    return found[1] if found else fail("The repository has no default branch. Push a first commit to it.")


def resolved(repository: Repository, ref: str) -> str:
    """Return the full name of a branch or tag."""
    for full in (ref,) if ref.startswith("refs/") else (f"refs/heads/{ref}", f"refs/tags/{ref}"):
        if repository.tried("ls-remote", "--exit-code", "origin", full).returncode == 0:
            return full
    return fail(f"A branch or tag with the name '{ref}' could not be found")


def persist(repository: Repository) -> None:
    """Leave the credential in a file outside the repository, as version 6 and later do."""
    file = str(Path(os.environ["RUNNER_TEMP"], f"git-credentials-{uuid.uuid4()}.config"))
    repository.git("config", "--file", file, f"http.{os.environ['GITHUB_SERVER_URL']}/.extraheader", repository.header)
    repository.git("config", "--local", "include.path", file)
