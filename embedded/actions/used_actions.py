"""Which actions a run uses, and where each comes from: a stand-in, or a repository of the embedded GitHub."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

STANDINS = Path(__file__).parent / "standins"
KNOWN = {
    "actions/checkout": "checkout",
    "actions/upload-artifact": "upload_artifact",
    "actions/download-artifact": "download_artifact",
    "actions/upload-pages-artifact": "upload_pages_artifact",
    "actions/deploy-pages": "deploy_pages",
    "actions/configure-pages": "configure_pages",
    "actions/create-github-app-token": "create_github_app_token",
    "actions/setup-python": "setup_python",
    "actions/setup-node": "setup_node",
    "astral-sh/setup-uv": "setup_uv",
}
STANDIN_STEP = "stand-in"  # the name of the one step in each of them
USES = re.compile(r"""^\s*(?:-\s+)?uses:\s*["']?([^\s"'#]+)""", re.MULTILINE)
REMOTE = re.compile(r"(?P<repo>[^/@\s]+/[^/@\s]+)(?P<path>/[^@\s]+)?@(?P<ref>\S+)")

Reader = Callable[[str, str, str], str | None]


class UnknownAction(Exception):
    """A workflow uses an action that is not on this machine, or gives one an input that it does not have."""


@dataclass
class UsedActions:
    """Walks through a workflow file and everything that it uses; `mapped` is what act must be told."""

    read: Reader
    mapped: dict[str, Path] = field(default_factory=dict)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def follow(self, repo: str, ref: str, path: str, text: str) -> None:
        """Find each `uses:` in a file of a repository. Raises UnknownAction."""
        if (repo, ref, path) in self._seen:
            return
        self._seen.add((repo, ref, path))
        check_inputs(text)
        for used in USES.findall(text):
            if used.startswith("./"):
                self._follow_path(repo, ref, used.removeprefix("./").strip("/"), used)
            else:
                self._follow_remote(used)

    def _follow_remote(self, used: str) -> None:
        match = REMOTE.fullmatch(used)
        if not match:
            raise UnknownAction(f"The workflow uses {used}, which is not of the form owner/name@ref. Add the ref.")
        if match["repo"].lower() in KNOWN:
            self.mapped[f"{match['repo']}@{match['ref']}"] = STANDINS / KNOWN[match["repo"].lower()]
            return
        self._follow_path(match["repo"], match["ref"], (match["path"] or "").strip("/"), used)

    def _follow_path(self, repo: str, ref: str, path: str, used: str) -> None:
        files = (
            [path]
            if path.endswith((".yml", ".yaml"))
            else [f"{path}/action{end}".lstrip("/") for end in (".yml", ".yaml")]
        )
        for name in files:
            text = self.read(repo, ref, name)
            if text is not None:
                self.follow(repo, ref, name, text)
                return
        if not used.startswith("./"):  # a local path may also be made by an earlier step, and act will see
            raise UnknownAction(
                f"The workflow uses {used}, which is neither a repository of the embedded GitHub nor one of the "
                f"actions it stands in for ({', '.join(KNOWN)}). Use one of these, or add a stand-in under "
                "embedded/actions/standins."
            )


def check_inputs(text: str) -> None:
    """Raise UnknownAction for an input that a stand-in does not have: GitHub only warns, and the step does without."""
    try:
        steps = list(steps_of(yaml.load(text, Loader=yaml.CSafeLoader)))
    except yaml.YAMLError:
        return  # whoever runs it will be told
    for used, given in steps:
        match = REMOTE.fullmatch(used)
        standin = KNOWN.get(match["repo"].lower()) if match else None
        if standin and (unknown := sorted({str(name).lower() for name in given} - inputs_of(standin))):
            raise UnknownAction(
                f"The workflow gives {used} the input {', '.join(unknown)}, which its stand-in does not have; it has "
                f"{', '.join(sorted(inputs_of(standin)))}. Correct the name, or add the input under "
                f"embedded/actions/standins/{standin}."
            )


def steps_of(part: Any) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Yield what is used with which inputs, wherever it stands in a workflow or an action."""
    if isinstance(part, dict):
        if isinstance(part.get("uses"), str) and isinstance(part.get("with"), dict):
            yield part["uses"], part["with"]
        part = list(part.values())
    for each in part if isinstance(part, list) else []:
        yield from steps_of(each)


@cache
def inputs_of(standin: str) -> frozenset[str]:
    """Return the names of the inputs that a stand-in has."""
    return frozenset(yaml.safe_load((STANDINS / standin / "action.yml").read_text())["inputs"])
