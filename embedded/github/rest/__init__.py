"""The REST API under /api/v3: one file for each area."""

from flask import Blueprint

from embedded.github.rest import (
    apps,
    commits,
    contents,
    dispatches,
    git_data,
    git_refs,
    issues,
    pages,
    repositories,
    run_files,
    runs,
    settings,
    users,
    workflows,
)

WITH_ROUTES = (commits, contents, dispatches, git_data, git_refs, issues, pages, run_files, runs, settings, workflows)


def blueprints() -> list[Blueprint]:
    """Return the routes of all areas."""
    of_repositories = [area.route.blueprint for area in WITH_ROUTES]
    of_settings = [each.blueprint for each in (settings.secret, settings.shared, settings.permissions)]
    rest = [runs.check_run.blueprint, run_files.signed, repositories.blueprint, users.blueprint, apps.blueprint]
    return [*of_repositories, *of_settings, *rest]
