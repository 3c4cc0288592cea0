"""What act gets in place of the workflow file, and what it gets as it is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.actions.act_workflow import OUTPUTS_STEP, for_act

ROOT = Path(__file__).parents[4]
WORKFLOW = """
on: push
concurrency: {group: a, queue: max}
jobs:
  a:
    runs-on: ubuntu-latest
    concurrency:
      group: b
      queue: single # not known to act
    outputs: {x: "${{ steps.s.outputs.x }}"}
    steps:
      - id: s
        env: {TIME: 10:30, IS: off}
        run: |
          echo "x=1" >> "$GITHUB_OUTPUT"
  b:
    needs: [a]
    runs-on: ubuntu-latest
    steps: [{run: 'true'}]
"""


def as_act_reads(text: str) -> Any:
    """Scalars as they are written: act's YAML is 1.2, where `on` and `off` are texts."""
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts, lists and mappings


def test_queue_is_left_out_and_nothing_else_changes() -> None:
    before, after = as_act_reads(WORKFLOW), as_act_reads(for_act(WORKFLOW, {}))
    del before["concurrency"]["queue"], before["jobs"]["a"]["concurrency"]["queue"]
    guard = after["jobs"]["a"]["steps"].pop()
    assert after["jobs"]["a"].pop("outputs") == {"x": f"${{{{ steps.{OUTPUTS_STEP}.outputs.x }}}}"}
    assert guard["env"]["OUTPUT_0"] == before["jobs"]["a"].pop("outputs")["x"]
    assert after == before


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")))
def test_our_own_workflows_stay_what_they_are(path: Path) -> None:
    before, after = as_act_reads(path.read_text()), as_act_reads(for_act(path.read_text(), {}))
    assert {name: len(job["steps"]) + ("outputs" in job) for name, job in before["jobs"].items()} == {
        name: len(job["steps"]) for name, job in after["jobs"].items()
    }
    assert [job["steps"] for job in before["jobs"].values() if "outputs" not in job] == [
        job["steps"] for job in after["jobs"].values() if "outputs" not in job
    ]


def test_a_job_that_is_kept_runs_nothing_and_has_its_outputs() -> None:
    kept: dict[str, dict[str, Any]] = {
        "a": {"conclusion": "success", "outputs": {"x": "says ${{ github.token }}"}},
        "b": {"conclusion": "skipped"},
    }
    jobs = as_act_reads(for_act(WORKFLOW, kept))["jobs"]
    assert [step["run"] for job in jobs.values() for step in job["steps"]] == ["true", "true"]
    assert jobs["a"]["outputs"] == {"x": "says ${{ '${{' }} github.token }}"}
    assert [jobs["a"]["if"], jobs["b"]["if"], jobs["b"]["needs"]] == ["always()", "false", ["a"]]


def test_what_is_no_workflow_is_left_alone() -> None:
    assert for_act("a: [", {}) == "a: ["


def test_the_last_step_leaves_out_outputs_with_a_masked_value(tmp_path: Path) -> None:
    (tmp_path / "a.masks").write_text(json.dumps(["4e1f"]))
    program = [sys.executable, "-S", "-E", str(ROOT / "embedded/actions/standins/run.py"), "job_outputs"]
    values = {"OUTPUT_0": "0123454e1f678", "OUTPUT_1": "one\ntwo"}
    told = {"OUTPUT_JOB": "a", "OUTPUT_NAMES": '["digest", "text"]', "GITHUB_OUTPUT": str(tmp_path / "output")}
    environ = {**os.environ, **values, **told, "STANDIN_HANDED": str(tmp_path)}
    done = subprocess.run(program, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "::warning::Skip output 'digest' since it may contain secret.\n"
    assert json.loads((tmp_path / "a.outputs").read_text()) == {"text": "one\ntwo"}
    assert "digest" not in (tmp_path / "output").read_text()
