"""When a task asks for a workflow, and when it only speaks of one."""

from typing import Any

import pytest

from action.gates.workflow_policy import asks_for_workflow, wants_workflow
from receiver.task import Task


@pytest.mark.parametrize(
    "text",
    [
        "Add a GitHub Action that runs ruff on push",
        "Include .github/workflows/ci.yml",
        "GitHub Action push workflow exists that runs ruff and shows results in CI log",
        "The workflow .github/workflows/check.yml is triggered by push",
        "ruff runs in CI",
        "Create a workflow that lints the code on every push",
        "Has a step running python execute.py in the CI workflow",
        "The workflow run succeeds",
        "Do not commit result.json. Generate it in CI and publish it with GitHub Pages",
        "Use GitHub Actions to publish result.json via GitHub Pages",
        "Uses the push workflow to run pytest",
        'The GitHub workflow has a step named "Lint"',
    ],
)
def test_texts_that_ask_for_one(text: str) -> None:
    assert wants_workflow(text)


@pytest.mark.parametrize(
    "text",
    [
        "Write a page about GitHub Actions",
        "Show the approval workflow of a bakery",
        "Deploy with GitHub Pages",
        "A kanban board for your workflow",
        "Do not add a GitHub Action",
        "Explain the CI pipeline in an article",
        "Without a CI workflow",
        "An essay comparing GitHub Actions and Jenkins",
        "Display GitHub Actions minutes of a user",
        "js: document.title === 'CI'",
        "Add a workflow diagram",
        "A quiz on continuous integration",
        "medical workflow steps in a table",
        "Show the user's actions in a log",
        "The page is pushed on GitHub Pages",
    ],
)
def test_texts_that_do_not(text: str) -> None:
    assert not wants_workflow(text)


def task(brief: str, *checks: Any) -> Task:
    fields = {"email": "a@example.org", "task": "t", "round": 1, "nonce": "n", "evaluation_url": "https://e.example/"}
    return Task.model_validate({**fields, "brief": brief, "checks": list(checks)})


def test_brief_and_checks_both_count() -> None:
    assert asks_for_workflow(task("Add a GitHub Action that runs ruff."))
    assert asks_for_workflow(task("A page.", "ruff runs in CI"))
    assert not asks_for_workflow(task("A page.", {"js": "document.title === 'x'"}))
