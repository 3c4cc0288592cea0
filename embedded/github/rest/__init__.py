"""The REST API under /api/v3: one file for each area."""

from flask import Blueprint

from embedded.github.rest import (
    artifacts,
    branches,
    commits,
    contents,
    dispatches,
    git_data,
    git_refs,
    meta,
    pages,
    pages_deployments,
    repositories,
    run_logs,
    runs,
    secrets,
    users,
    variables,
    workflows,
)

AREAS = (
    artifacts,
    branches,
    commits,
    contents,
    dispatches,
    git_data,
    git_refs,
    meta,
    pages,
    pages_deployments,
    repositories,
    run_logs,
    runs,
    secrets,
    users,
    variables,
    workflows,
)


def blueprints() -> list[Blueprint]:
    """Return the routes of all areas."""
    return [area.blueprint for area in AREAS]
