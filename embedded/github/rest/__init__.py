"""The REST API under /api/v3: one file for each area."""

from flask import Blueprint

from embedded.github.rest import (
    apps,
    commits,
    contents,
    dispatches,
    git_data,
    git_refs,
    pages,
    repositories,
    run_files,
    runs,
    settings,
    users,
    workflows,
)

WITH_ROUTES = (commits, contents, dispatches, git_data, git_refs, pages, run_files, runs, settings, workflows)


def blueprints() -> list[Blueprint]:
    """Return the routes of all areas."""
    of_repositories = [area.route.blueprint for area in WITH_ROUTES]
    return [
        *of_repositories,
        settings.secret.blueprint,
        run_files.signed,
        repositories.blueprint,
        users.blueprint,
        apps.blueprint,
    ]
