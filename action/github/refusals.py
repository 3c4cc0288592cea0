"""What GitHub means when it refuses: in the answers of its API, and in what git passes on. No client is used here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from action.deadline import seconds_asked
from action.errors import (
    CannotPush,
    FilesRefused,
    RepositoryArchived,
    RunRefused,
    SecretFound,
    TokenInsufficient,
    UserError,
)

SECONDS_FOR_A_LIMIT = 60.0  # what GitHub asks for when a secondary limit does not say how long it lasts
LIMITS = ("rate limit", "abuse detection", "retry your request again later", "wait a few minutes")


@dataclass(frozen=True)
class Refusal:
    """An answer of the API that is not what was asked for. The names of `headers` are found in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_used_up(self) -> bool:
        """Whether the token has no requests left in this hour."""
        return self.status in {403, 429} and (
            self.headers.get("x-ratelimit-remaining") == "0" or "api rate limit exceeded" in self.text.lower()
        )

    @property
    def is_limit(self) -> bool:
        """Whether it is about the number of requests. Often only its words tell a secondary limit."""
        is_named = "retry-after" in self.headers or any(words in self.text.lower() for words in LIMITS)
        return self.is_used_up or self.status == 429 or (self.status == 403 and is_named)

    def wait(self, now: float) -> float:
        """Return the seconds that GitHub wants us to wait. `now` is in seconds since the epoch."""
        asked = seconds_asked(self.headers.get("retry-after") or "", now)
        if asked is not None:
            return asked
        reset = self.headers.get("x-ratelimit-reset") or ""
        if self.is_used_up and reset.isascii() and reset.isdecimal():
            return max(1.0, float(reset[:12]) + 1 - now)
        return SECONDS_FOR_A_LIMIT if self.is_limit else 0.0

    def accepted(self, otherwise: str) -> str:
        """Return the permissions that would have been enough, in GitHub's words if it says them."""
        return self.headers.get("x-accepted-github-permissions") or otherwise


WHERE: Final = (
    "Make a token as docs/own.md says and set it as the secret TARGET_TOKEN "
    "(Settings, Secrets and variables, Actions, Secrets); if an organisation owns the repositories, one of its owners "
    "approves the token (the organisation's Settings, Personal access tokens, Pending requests)."
)
# What GitHub says with a 403 that no other permission of the token would change.
FORBIDDEN: Final[Mapping[str, UserError]] = {
    "admin access to the organization": TokenInsufficient(
        "GitHub did not let us {doing}: the token's account may not add repositories to the organisation.",
        "its members may not create public repositories, or the account is not a member.",
        "Allow it (the organisation's Settings, Member privileges), or use a token of one of its owners.",
    ),
    "saml enforcement": TokenInsufficient(
        "GitHub did not let us {doing}: the organisation wants a single sign-on.",
        "the token was not authorised for this organisation.",
        "Authorise it (your own Settings, Developer settings, Personal access tokens, Configure SSO).",
    ),
    "(classic)": TokenInsufficient(
        "GitHub did not let us {doing}: the organisation takes no classic tokens.",
        "the secret TARGET_TOKEN holds a classic personal access token.",
        WHERE,
    ),
    "archived": RepositoryArchived(
        "GitHub did not let us {doing}: the repository is archived, so that nobody can change it.",
        "its owner archived it.",
        "Unarchive it (its Settings, General, Danger Zone), then run the build again with 'Re-run failed jobs'.",
    ),
}
# What GitHub says about a run that it does not start again, or not cancel.
OF_RUNS: Final[Mapping[str, UserError]] = {
    "cannot be retried": RunRefused(
        "GitHub does not run it again: it says that this run cannot be retried.",
        "the run never came as far as its jobs, for instance because its workflow file was invalid.",
        "Correct the workflow file, then send the task again.",
    ),
    "over a month ago": RunRefused(
        "GitHub does not run it again: the run is more than a month old.",
        "GitHub keeps what a run needs for 30 days.",
        "Send the task again, or a new round of it.",
    ),
    "already running": RunRefused(
        "GitHub does not run it again: it is running.",
        "somebody, or an earlier attempt, started it a moment ago.",
        "Wait for its end.",
    ),
    "not been queued yet": RunRefused(
        "GitHub does not cancel the run: it is not queued yet.",
        "it was started a moment ago, or waits for a free place.",
        "Cancel it in a minute.",
    ),
    "run that is completed": RunRefused(
        "GitHub does not cancel the run: it is over.", "it ended a moment ago.", "Look at how it ended."
    ),
}


# What GitHub tries again by itself, such as deployment_attempt_error, is not among them.
FAILED_DEPLOYMENTS = frozenset(
    {
        "deployment_failed",
        "deployment_content_failed",
        "deployment_cancelled",
        "deployment_lost",
    }
)
IN_THE_WAY = re.compile(r"Please cancel ([0-9a-f]{40}) first")  # a 400 about the deployment of another commit
# What GitHub notes at a run that it did not start.
NOT_STARTED = "job was not started because"  # the account is locked, or has used up what it may
NO_JOB = "The run was not started: action_required."  # made without jobs, for an account that GitHub has flagged
MOST_OF_A_NOTE = 300  # characters


def known(table: Mapping[str, UserError], text: str, doing: str = "") -> UserError | None:
    """Return the error that a table has for what GitHub said."""
    found = next((error for words, error in table.items() if words in text.lower()), None)
    return found and type(found)(found.what.format(doing=doing), found.cause, found.next_step)


def refusal(conclusion: str, notes: Iterable[str]) -> str:
    """Return why GitHub started none of a run's jobs, in its words; "" when it did. No other commit would help."""
    said = next((note for note in notes if NOT_STARTED in note), NO_JOB if conclusion == "action_required" else "")
    return " ".join(said.split())[:MOST_OF_A_NOTE]


def forbidden(doing: str, text: str, permission: str) -> UserError:
    """Return the error of a 403 to the publishing token. `doing` completes "GitHub did not let us"."""
    said = f' ("{one_line(text)}")' if text else ""
    return known(FORBIDDEN, text, doing) or lacking(permission, f"GitHub did not let us {doing}{said}")


def lacking(permission: str, reason: str) -> TokenInsufficient:
    """Return the error of a publishing token without a permission."""
    return TokenInsufficient(
        f"The publishing token lacks the permission {permission}: {reason}.",
        "the token was made without it, is not for this repository, or waits for the organisation's approval.",
        WHERE,
    )


# What a server says about a repository that is not there, or that only its owner may see.
ABSENT = (
    "not found",
    "does not appear to be a git repository",
    "could not read username",
    "authentication failed",
    "terminal prompts disabled",
    "find remote ref",
)
# Why a push was rejected, when GitHub had trouble of its own.
TROUBLE = ("(internal server error)", "(failure)", "(remote failed to report status)")
LASTING = (
    "rejected]",
    "remote ref",
    "authentication failed",
    "could not read username",
    "error: 40",
    "cannot lock ref",
)
RULES = ("Changes must", "Cannot ", "Required ")  # GH006 says them without the dash that rulesets put before
MOST_FINDINGS = 10


class TipMoved(Exception):
    """Someone else pushed to the branch since it was fetched."""


class NoSuchBranch(Exception):
    """The remote repository has no such branch, for instance because it is empty."""


def is_passing(said: str) -> bool:
    """Whether what git said may be different in a moment."""
    said = said.lower()
    return any(words in said for words in ("not found", *TROUBLE)) or not any(words in said for words in LASTING)


def explain_git(said: str) -> UserError | TipMoved | NoSuchBranch:
    """Turn what git said into the error that it means."""
    lower = said.lower()
    if "couldn't find remote ref" in lower:
        return NoSuchBranch()
    if "(fetch first)" in lower or "(non-fast-forward)" in lower or "cannot lock ref" in lower:
        return TipMoved()
    if "gh0" in lower and (rule := explain_rule(said)):
        return rule
    if "workflow" in lower and ("refusing to allow" in lower or "scope" in lower or "permission" in lower):
        return lacking("Workflows: write", "GitHub did not let it push .github/workflows/pages.yml")
    if "error: 403" in lower:
        return forbidden("use the repository with git", " ".join(of_server(said)), "Contents: write")
    if any(words in lower for words in ("authentication failed", "could not read username", "error: 401")):
        return lacking("Contents: write", "git could not read from or write to the repository with it")
    return CannotPush(
        f"git could not talk to the target repository: {gist(said)}",
        "GitHub or the network had a problem, or a rule of the repository forbids the push.",
        "Run the build again with 'Re-run failed jobs'; check the repository's rules if it happens twice.",
    )


def explain_rule(said: str) -> UserError | None:
    """Return the error of a push that a rule of GitHub stops (GH001, GH006, GH013); None when it names none."""
    lines = of_server(said)
    if findings := secrets_in(lines):
        return SecretFound(
            f"GitHub refused the push because of what looks like a secret: {listed(findings)}.",
            "the model wrote a key, or something that looks like one, into a page.",
            "Say in the brief that the page holds no keys, and send it again; values of your own belong into no page.",
        )
    if large := [line for line in lines if line.startswith("File ") and "file size limit" in line]:
        return FilesRefused(
            f"GitHub refused the push: {listed(large)}.",
            "the model wrote, or the request attached, a file that is larger than GitHub takes.",
            "Ask for a smaller file.",
        )
    if rules := [line.removeprefix("- ") for line in lines if line.startswith("- ") and not line.isupper()]:
        return CannotPush(
            f"A rule of the repository refuses the push: {listed(rules)}",
            "its branch is protected, or a ruleset of the repository or of its organisation is.",
            "Let the token's account bypass the rule (the repository's or the organisation's Settings, Rules or"
            " Branches), then run the build again with 'Re-run failed jobs'.",
        )
    return None


def secrets_in(lines: list[str]) -> list[str]:
    """Return rule and place of each secret that push protection found. GitHub does not repeat the values."""
    found, rule = list[str](), ""
    for line in lines:
        if line.startswith("——"):
            rule = line.strip("— ")
        elif line.startswith("path: "):
            found.append(f"{rule or 'a secret'} in {line.removeprefix('path: ')}")
    if not found and any("push cannot contain secrets" in line.lower() for line in lines):
        return ["GitHub does not say where"]
    return found


def of_server(said: str) -> list[str]:
    """Return what the server said, without the marks that git and GitHub put before it."""
    lines = [line.strip().removeprefix("remote:").strip() for line in said.splitlines() if "remote:" in line]
    texts = [line.removeprefix("error:").strip() for line in lines]
    return [
        f"- {text}" if text.startswith(("Changes must", "Cannot ", "Required ")) else text for text in texts if text
    ]


def listed(parts: list[str]) -> str:
    """Return the first of several things that GitHub named, and how many more there are."""
    more = f" (and {len(parts) - MOST_FINDINGS} more)" if len(parts) > MOST_FINDINGS else ""
    return "; ".join(one_line(part).rstrip(".") for part in parts[:MOST_FINDINGS]) + more


def gist(said: str) -> str:
    """Return the line that says why a command of git failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and "failed to push some refs" not in line]
    return one_line(lines[-1]) if lines else "it said nothing"


def one_line(text: str) -> str:
    """Return a text of others, short enough for a sentence."""
    return " ".join(text.split())[:200]
