"""Stands in for actions/configure-pages."""

import os
from urllib.parse import urlsplit

from embedded.actions.standins.http_calls import call_json
from embedded.actions.standins.runner import fail, inputs, is_true, output


def main() -> None:
    """Read where the site lives; enable Pages first when asked to."""
    given = inputs()
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/pages"
    status, answer = call_json("GET", url, given["token"])
    if status == 404 and is_true(given["enablement"]):
        call_json("POST", url, given["token"], {"build_type": "workflow"})
        status, answer = call_json("GET", url, given["token"])
    if status != 200:
        fail(f"Get Pages site failed (status: {status}). Please verify that the repository has Pages enabled.")
    site = urlsplit(answer["html_url"])
    output("base_url", answer["html_url"].rstrip("/"))
    output("origin", f"{site.scheme}://{site.netloc}")
    output("host", site.hostname)
    output("base_path", site.path.rstrip("/"))
