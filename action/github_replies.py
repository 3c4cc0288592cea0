"""What GitHub's error answers mean: which permission is missing, and where to set it."""

from github import BadCredentialsException, GithubException, RateLimitExceededException

from action.errors import GitHubUnavailable, TokenInsufficient, UserError

WHERE = (
    "Make a token as docs/own.md says and set it as the secret TARGET_TOKEN "
    "(Settings, Secrets and variables, Actions, Secrets)."
)


def lacking(permission: str, reason: str) -> TokenInsufficient:
    """Return the error of a publishing token without a permission."""
    return TokenInsufficient(
        f"The publishing token lacks the permission {permission}: {reason}.",
        "the token was made without it, is not for all repositories, or has expired.",
        WHERE,
    )


def explain(error: GithubException, doing: str, permission: str) -> UserError:
    """Return the error to show. `doing` completes "GitHub did not let us"; `permission` is what that needs."""
    if isinstance(error, BadCredentialsException) or error.status == 401:
        return TokenInsufficient(
            "GitHub does not accept the publishing token.",
            "it has expired, was revoked, or was not copied whole.",
            WHERE,
        )
    if isinstance(error, RateLimitExceededException) or error.status == 429:
        return GitHubUnavailable(
            f"GitHub's rate limit is used up, so it did not let us {doing}.",
            "many builds with the same publishing token at once.",
            "Run the build again in an hour; docs/own.md says how to spread builds over several tokens.",
        )
    if error.status == 403:
        accepted = (error.headers or {}).get("x-accepted-github-permissions") or permission
        return lacking(accepted, f"GitHub did not let us {doing}")
    return GitHubUnavailable(
        f"GitHub did not let us {doing} (it answered {error.status}: {said(error)}).",
        "GitHub has a problem, or the token may not see what it should.",
        "See https://www.githubstatus.com, then run the build again with 'Re-run failed jobs'.",
    )


def said(error: GithubException) -> str:
    """Return GitHub's message and its details, short enough for a sentence."""
    data = error.data if isinstance(error.data, dict) else {}
    details = [str(entry.get("message") or entry.get("code") or "") for entry in entries(data)]
    return "; ".join(part for part in (str(data.get("message") or "no message"), *details) if part)[:200]


def entries(data: dict[str, object]) -> list[dict[str, object]]:
    """Return the details of a validation error."""
    found = data.get("errors")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def is_name_taken(error: GithubException) -> bool:
    """Whether a repository of that name exists already."""
    return error.status == 422 and "already exists" in said(error).lower()
