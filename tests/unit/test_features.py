"""docs/features.md is true: what serves a feature exists, and so does the test that proves it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.dashboard_data import DashboardData
from api.jobs import ExecuteWorkflow
from api.messages import FeedbackWorkflow
from api.projects import Projects
from api.starts import Starts
from api.versions import History
from receiver.config import Config
from receiver.connection import Connection
from receiver.github import RunnerRepository
from receiver.openapi import paths_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "features.md"
DASHBOARD = ROOT / "docs" / "dashboard.md"
MISSION = {
    *("tasks", "code versions", "results", "latest result", "feedback", "messages", "logs: preview"),
    *("logs: download", "runs", "cancel", "health", "statistics", "execute", "read a file"),
}
# The sections of what must exist besides (docs/features.md has a row for each of these names).
BESIDES = {
    "1 bring files": ("bring files", "keep what a command changed", "import a repository"),
    "2 one message, four kinds": (
        "messages",
        "feedback",
        "results that agents send",
        "latest result",
        "state of a task",
    ),
    "3 commands leave a trace": ("newest commands", "runs", "logs of results and commands", "logs: preview"),
    "4 one door for reading": (
        *("tasks", "code versions", "results", "statistics", "logs: download", "read a file"),
        "reading a private runner repository without Pages",
    ),
    "5 the names that clients know": ("the names that clients of an orchestrator know", "hide a version", "health"),
    "6 keys with rights": ("keys with rights",),
    "7 start without an account": ("start without an account on GitHub", "dry run"),
    "8 forms for people": ("forms for people", "front ends of other origins"),
    "9 containers, settings, descriptions": (
        *("containers", "settings from a file, and log lines as JSON", "addresses to try in a browser"),
        "everything as a program reads it",
    ),
    "all of it from outside": ("agents from outside",),
}
ROUTE = re.compile(r"(GET|POST|PUT|DELETE) (/[^\s,;)`?]*)")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
FILE = re.compile(r"`([\w.-]+(?:/[\w.*<>-]+)+)`")


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("| ---")]


FEATURES = [row for row in rows() if row[0] != "feature"]


def test_every_feature_of_the_mission_has_a_row() -> None:
    assert {row[0].lower() for row in FEATURES} >= MISSION


@pytest.mark.parametrize("section", BESIDES)
def test_every_section_has_its_rows(section: str) -> None:
    there = {row[0] for row in FEATURES}
    assert [name for name in BESIDES[section] if name not in there] == []


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: row[0].replace(" ", "-"))
def test_a_feature_is_served_and_proved(row: list[str]) -> None:
    _, served_by, proof = row
    for method, path in ROUTE.findall(served_by):
        assert method.lower() in described_paths()[path], f"{method} {path} is not in /openapi.json"
    for file in FILE.findall(served_by):
        if file.startswith("api/"):
            assert f"`{file}`" in DASHBOARD.read_text(), f"{DASHBOARD.name} does not describe {file}"
        else:
            assert list(ROOT.glob(file)), f"{file} does not exist"
    assert TEST.findall(proof), "no test is named"
    for file, name in TEST.findall(proof):
        assert name in functions_of(ROOT / file), f"{file} has no {name}"


@cache
def described_paths() -> dict[str, dict[str, Any]]:
    connection = Connection("made-up", "https://api.github.example")
    runner, jobs = RunnerRepository("owner/runner", connection), ExecuteWorkflow("owner/runner", connection)
    messages, projects = FeedbackWorkflow("owner/runner", connection), Projects(connection)
    data, history = DashboardData("owner/runner", connection), History(connection)
    starts = Starts("owner/runner", connection)
    config = Config("made-up", "made-up", "owner/runner")
    return paths_of(create_app(config, runner, jobs, messages, projects, data, history, starts))


def functions_of(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}
