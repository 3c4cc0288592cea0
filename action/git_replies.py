"""What git's words mean, and what to do about it."""

from action.errors import CannotPush, SecretFound, TokenInsufficient, UserError

# What a server says about a repository that is not there, or that only its owner may see.
ABSENT = (
    "not found",
    "does not appear to be a git repository",
    "could not read username",
    "authentication failed",
    "terminal prompts disabled",
    "find remote ref",
)


class TipMoved(Exception):
    """Someone else pushed to the branch since it was fetched."""


class NoSuchBranch(Exception):
    """The remote repository has no such branch, for instance because it is empty."""


def is_passing(said: str) -> bool:
    """Whether what git said may be different in a moment."""
    said = said.lower()
    lasting = (
        "rejected]",
        "remote ref",
        "authentication failed",
        "could not read username",
        "error: 40",
        "cannot lock ref",
    )
    return "not found" in said or not any(words in said for words in lasting)


def explain(said: str) -> UserError | TipMoved | NoSuchBranch:
    """Turn what git said into the error that it means."""
    lower = said.lower()
    if "couldn't find remote ref" in lower:
        return NoSuchBranch()
    if "(fetch first)" in lower or "(non-fast-forward)" in lower or "cannot lock ref" in lower:
        return TipMoved()
    if "workflow" in lower and ("refusing to allow" in lower or "scope" in lower or "permission" in lower):
        return lacking("Workflows: write", "GitHub did not let it push .github/workflows/pages.yml")
    if "secret" in lower and ("push protection" in lower or "gh013" in lower or "push cannot contain" in lower):
        return SecretFound(
            "GitHub refused the push because a file contains what looks like a secret.",
            "the model wrote a key, or something that looks like one, into a page.",
            "Look at the repository's security page for the place; run the build again.",
        )
    if any(
        words in lower for words in ("authentication failed", "could not read username", "error: 401", "error: 403")
    ):
        return lacking("Contents: write", "git could not read from or write to the repository with it")
    return CannotPush(
        f"git could not talk to the target repository: {last_line(said)}",
        "GitHub or the network had a problem, or a rule of the repository forbids the push.",
        "Run the build again with 'Re-run failed jobs'; check the repository's rules if it happens twice.",
    )


def lacking(permission: str, reason: str) -> TokenInsufficient:
    """Return the error of a publishing token without a permission."""
    return TokenInsufficient(
        f"The publishing token lacks the permission {permission}: {reason}.",
        "the token was made without it, is not for all repositories, or has expired.",
        "Make a token as docs/own.md says and set it as the secret TARGET_TOKEN "
        "(Settings, Secrets and variables, Actions).",
    )


def last_line(said: str) -> str:
    """Return the last thing that git said, short enough for a sentence."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines[-1] if lines else "it said nothing")[:200]
