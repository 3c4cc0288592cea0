"""What GitHub and Google say when they refuse, word for word as it was recorded."""

UNICORN = (
    "<!DOCTYPE html>\n<!--\n\nHello future GitHubber! I bet you're here to remove those nasty inline styles,\n"
    "DRY up these templates and make 'em nice and re-usable, right?\n\n"
    "Please, don't. https://github.com/styleguide/templates/2.0\n\n-->\n<html>\n  <head>\n"
    "    <title>Unicorn! &middot; GitHub</title>\n    <style "
)
DOCS = "https://docs.github.com/rest"
LIMITS = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
PRIMARY = {"message": "API rate limit exceeded for installation ID N.", "documentation_url": LIMITS}
SECONDARY = {
    "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    "documentation_url": f"{LIMITS}#about-secondary-rate-limits",
}
CONTENT = {
    "message": "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later. If you reach out to GitHub Support for help, please include the request "
    "ID [...]"
}
ORGANISATION = "You need admin access to the organization before adding a repository to it."
PROTECTION = """error: GH013: Repository rule violations found for refs/heads/main.

- GITHUB PUSH PROTECTION
  —————————————————————————————————————————
    Resolve the following violations before pushing again

    - Push cannot contain secrets


     (?) Learn how to resolve a blocked push
     https://docs.github.com/code-security/secret-scanning/working-with-secret-scanning-and-push-protection/working-with-push-protection-from-the-command-line#resolving-a-blocked-push


      —— DeepSeek API Key ——————————————————————————————————
       locations:
         - commit: SHA
           path: .env:6

       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
"""
NO_BLOB = "<Error><Code>BlobNotFound</Code><Message>The specified blob does not exist.</Message></Error>"
IN_THE_WAY = (
    "Deployment request failed for SHA1 due to in progress deployment. Please cancel SHA2 first or wait for it to "
    "complete."
)
WRONG_PASSWORD = "Invalid username or token. Password authentication is not supported for Git operations."  # noqa: S105


def says(message: str) -> dict[str, str]:
    """Return a refusal of GitHub's API."""
    return {"message": message, "documentation_url": DOCS}


def google(code: int, status: str, message: str, *details: dict[str, object]) -> dict[str, object]:
    """Return an error of Google's."""
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


QUOTA = google(
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details.",
    {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
    },
)
