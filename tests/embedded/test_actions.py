"""Actions on the real act: filters, permissions, time limits, concurrency, artifacts, Pages, masks, cancel, restart."""

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from embedded.github.tokens import create_token
from embedded.github.workflow_states import ACTIVE, DISABLED, set_state
from tests.embedded.little_github import OWNER, WORKFLOW, LittleGitHub, wait_until

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
UPLOAD = "actions/upload-artifact@cf430e030ddbb5b0abf93d22962f4752f3646cd9"
DOWNLOAD = "actions/download-artifact@9000827ccba6bdab643e8b6fd33ac0654aef8333"
UPLOAD_PAGES = "actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9"
TOKEN_OF_A_RERUN = "${{ github.run_attempt > 1 && github.token || '' }}"  # as in our workflows
DEPLOY = "actions/deploy-pages@368f82528645a54fb793d4d04e342629a3f51346"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LittleGitHub]:
    github = LittleGitHub(tmp_path_factory.mktemp("github"))
    yield github
    github.close()


def processes_with(text: str) -> list[int]:
    return [process.pid for process in psutil.process_iter() if text in " ".join(arguments(process))]


def arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_events__start_only_workflows_that_listen_to_them(github: LittleGitHub) -> None:
    workflow = """
on: {push: {branches: [live]}, repository_dispatch: {types: [go]}}
run-name: build ${{ github.event.client_payload.build_id }}
jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}
"""
    sha = github.repository("filters", {WORKFLOW: workflow})
    assert github.emit("push", "filters", sha) == []
    assert github.emit("repository_dispatch", "filters", sha, action="stop") == []
    (run_id,) = github.emit("repository_dispatch", "filters", sha, action="go", client_payload={"build_id": "b7"})
    run = github.finished(run_id)
    assert (run["run_name"], run["conclusion"], run["head_sha"], run["run_number"]) == ("build b7", "success", sha, 1)
    assert [step["name"] for step in github.jobs(run_id)["a"]["steps"]] == ["Set up job", "Run true", "Complete job"]


def test_an_invalid_workflow_is_a_failed_run(github: LittleGitHub) -> None:
    run_id = github.push("invalid", "on: push")
    run = github.finished(run_id)
    assert run["conclusion"] == "startup_failure"
    assert "has no jobs" in run["problem"]


def test_a_job_that_github_does_not_start__has_no_step_and_no_log_but_an_annotation(github: LittleGitHub) -> None:
    reason = "The job was not started because your account is locked due to a billing issue."
    github.store.put("jobs_refused", OWNER, {"message": reason})
    try:
        run_id = github.push("refused", "{on: push, jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}}")
        assert github.finished(run_id)["conclusion"] == "failure"
    finally:
        github.store.delete("jobs_refused", OWNER)
    job = github.jobs(run_id)["a"]
    assert (job["conclusion"], job["steps"], job["annotations"][0]["message"]) == ("failure", [], reason)
    assert not list(github.data.glob(f"runs/{run_id}/1/*.log"))


def test_permissions__each_job_has_its_own(github: LittleGitHub) -> None:
    commit = "git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m more"
    push = f"{commit} && git push -q origin HEAD:refs/heads/$NAME"
    workflow = f"""
on: push
permissions: {{}}
jobs:
  reader:
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    steps:
      - uses: {CHECKOUT}
      - run: {push}
        env: {{NAME: read}}
  writer:
    runs-on: ubuntu-latest
    if: always()
    needs: reader
    permissions: {{contents: write}}
    steps:
      - uses: {CHECKOUT}
      - run: {push}
        env: {{NAME: written}}
"""
    run_id = github.push("rights", workflow)
    assert github.finished(run_id)["conclusion"] == "failure"
    assert github.conclusions(run_id) == {"reader": "failure", "writer": "success"}, github.log(run_id)
    refs = github.core.git(github.store.get("repo", f"{OWNER}/rights") or {}).refs()
    assert "refs/heads/written" in refs
    assert "refs/heads/read" not in refs
    assert len(github.store.find("run", repo=f"{OWNER}/rights")) == 1, "a push by a run's token starts nothing"


def test_timeout__ends_one_job_and_the_next_ones_go_on(github: LittleGitHub) -> None:
    workflow = """
on: push
jobs:
  slow:
    runs-on: ubuntu-latest
    timeout-minutes: 1
    steps:
      - run: sleep 4321.PID
      - run: echo "cleaned up"
        if: always()
  after:
    needs: slow
    if: ${{ !cancelled() }}
    runs-on: ubuntu-latest
    steps: [{run: 'true'}]
"""
    run_id = github.push("timeout", workflow.replace("PID", str(os.getpid())))
    assert github.finished(run_id)["conclusion"] == "cancelled"
    assert github.conclusions(run_id) == {"slow": "cancelled", "after": "success"}
    messages = [note["message"] for note in github.jobs(run_id)["slow"]["annotations"]]
    assert "The job has exceeded the maximum execution time of 1 minute." in messages
    assert "cleaned up\n" in github.log(run_id)
    assert processes_with(f"sleep 4321.{os.getpid()}") == []


GATED = """
on: {{repository_dispatch: {{}}}}
concurrency: {{group: "task-${{{{ github.event.client_payload.task }}}}", {rule}}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: while [ ! -e "$GATE" ]; do sleep 0.05; done; echo "attempt $GITHUB_RUN_ATTEMPT"
        env: {{GATE: "${{{{ github.event.client_payload.gate }}}}"}}
"""


def dispatch(github: LittleGitHub, repo: str, sha: str, gate: Path, task: str = "T") -> int:
    payload = {"gate": str(gate), "task": task}
    (run_id,) = github.emit("repository_dispatch", repo, sha, action="x", client_payload=payload)
    return run_id


def status(github: LittleGitHub, run_id: int) -> str:
    run = github.store.get("run", str(run_id)) or {}
    return str(run["status"])


def is_in(wanted: str, github: LittleGitHub, run: int) -> bool:
    return status(github, run) == wanted


def test_concurrency__queue_max_runs_all_one_after_another(github: LittleGitHub, tmp_path: Path) -> None:
    sha = github.repository("queue", {WORKFLOW: GATED.format(rule="queue: max")})
    gates = [tmp_path / str(number) for number in range(3)]
    runs = [dispatch(github, "queue", sha, gate, "t" if number else "T") for number, gate in enumerate(gates)]
    for position, gate in enumerate(gates):
        wait_until(partial(is_in, "in_progress", github, runs[position]))
        assert [status(github, run) for run in runs[position + 1 :]] == ["pending"] * (2 - position)
        gate.touch()
        assert github.finished(runs[position])["conclusion"] == "success"


def test_concurrency__single_keeps_the_newest_pending_run(github: LittleGitHub, tmp_path: Path) -> None:
    sha = github.repository("single", {WORKFLOW: GATED.format(rule="cancel-in-progress: false")})
    gate = tmp_path / "gate"
    first, second, third = (dispatch(github, "single", sha, gate) for _ in range(3))
    assert github.finished(second)["conclusion"] == "cancelled"
    assert status(github, first) == "in_progress"
    gate.touch()
    assert [github.finished(run)["conclusion"] for run in (first, third)] == ["success", "success"]


def test_artifacts__between_jobs_named_once_in_a_run(github: LittleGitHub) -> None:
    workflow = f"""
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: {{digest: "${{{{ steps.up.outputs.artifact-digest }}}}"}}
    steps:
      - run: mkdir -p out/deep && echo shown > out/deep/a.txt && echo hidden > out/.hidden
      - id: up
        uses: {UPLOAD}
        with: {{name: bundle, path: out, if-no-files-found: error}}
      - uses: {UPLOAD}
        continue-on-error: true
        with: {{name: bundle, path: out}}
  take:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - uses: {DOWNLOAD}
        with: {{name: bundle, path: got}}
      - run: cd got && find . -type f -exec cat {{}} + && echo "digest $DIGEST"
        env: {{DIGEST: "${{{{ needs.make.outputs.digest }}}}"}}
      - uses: {DOWNLOAD}
        continue-on-error: true
        with: {{name: missing}}
"""
    run_id = github.push("artifacts", workflow)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    (artifact,) = github.store.find("artifact", run_id=run_id)
    with zipfile.ZipFile(artifact["path"]) as archive:
        assert archive.namelist() == ["deep/a.txt"]
    log = github.log(run_id)
    assert f"digest {artifact['digest'].removeprefix('sha256:')}" in log
    assert "shown" in log
    assert "already exists on the workflow run" in log
    assert "Artifact not found for name: missing" in log


def test_pages__deployed_through_the_stand_ins(github: LittleGitHub) -> None:
    workflow = f"""
on: push
permissions: {{}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: {{contents: read, pages: write, id-token: write}}
    environment: {{name: github-pages, url: "${{{{ steps.d.outputs.page_url }}}}"}}
    steps:
      - uses: {CHECKOUT}
        with: {{persist-credentials: false}}
      - run: printf '%s' "$GITHUB_SHA" > stamp.txt
      - uses: {UPLOAD_PAGES}
        with: {{path: ., name: "github-pages-${{{{ github.run_attempt }}}}"}}
      - id: d
        uses: {DEPLOY}
        with: {{artifact_name: "github-pages-${{{{ github.run_attempt }}}}"}}
      - run: echo "page at ${{{{ steps.d.outputs.page_url }}}}"
  nobody:
    needs: deploy
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    steps:
      - run: curl -s -H "Authorization{{}}bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"
""".replace("Authorization{}", "Authorization: ").replace("- run: curl", "- run: >-\n          curl")
    sha = github.repository("site", {WORKFLOW: workflow, "index.html": "<h1>Hello</h1>", ".secret": "no"})
    github.store.put("pages", f"{OWNER}/site", {"build_type": "workflow", "enabled_at": "", "live_sha": None})
    (run_id,) = github.emit("push", "site", sha)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    site = github.data / "pages" / OWNER / "site"
    assert (site / "stamp.txt").read_text() == sha
    assert sorted(path.name for path in site.iterdir()) == ["index.html", "stamp.txt"]
    (artifact,) = github.store.find("artifact", run_id=run_id)
    with (
        zipfile.ZipFile(artifact["path"]) as archive,
        tarfile.open(fileobj=io.BytesIO(archive.read("artifact.tar"))) as tar,
    ):
        assert "./index.html" in tar.getnames()
    assert f"page at http://localhost:1/{OWNER}/site/" in github.log(run_id)
    assert "No job in progress has the permission id-token: write." in github.log(run_id)


def test_labels__no_matching_runner_is_a_failure(github: LittleGitHub) -> None:
    run_id = github.push("labels", "on: push\njobs: {a: {runs-on: windows-latest, steps: [{run: 'true'}]}}")
    assert github.finished(run_id)["conclusion"] == "failure"
    assert "No runner matches windows-latest" in github.jobs(run_id)["a"]["annotations"][0]["message"]


def test_unknown_actions__are_a_clear_failure(github: LittleGitHub) -> None:
    workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: somebody/else@v1\n"
    run_id = github.push("unknown", workflow)
    assert github.finished(run_id)["conclusion"] == "failure"
    assert "somebody/else@v1" in github.jobs(run_id)["a"]["annotations"][0]["message"]


def test_secrets__are_hidden_in_log_summary_and_annotations(github: LittleGitHub) -> None:
    workflow = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - name: Step ${{ secrets.ONE }}
        env: {ONE: "${{ secrets.ONE }}", TWO: "${{ secrets.TWO }}", PLAIN: "${{ vars.PLAIN }}"}
        run: |
          echo "log $ONE $TWO $PLAIN"
          echo "::error title=t $ONE::annotation $ONE"
          MADE_UP="made-up$(echo -value)"
          echo "::add-mask::$MADE_UP"
          echo "masked $MADE_UP"
          echo "# Summary $ONE $MADE_UP" >> "$GITHUB_STEP_SUMMARY"
          echo "$TWO" >> "$GITHUB_STEP_SUMMARY"
          test "$TWO" = "$(printf 'line number one\\nline $number two')"
"""
    sha = github.repository("masks", {WORKFLOW: workflow})
    github.store.put("secret", f"{OWNER}/masks", {"ONE": "first-value", "TWO": "line number one\nline $number two"})
    github.store.put("variable", f"{OWNER}/masks", {"PLAIN": "a variable"})
    (run_id,) = github.emit("push", "masks", sha)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    kept = github.files_of(run_id, "*/*") + str(github.jobs(run_id))
    for hidden in ("first-value", "made-up-value", "line number one", "number two"):
        assert hidden not in kept
    assert "a variable" in kept
    assert '\x1b[36;1mecho "masked $MADE_UP"\x1b[0m\n' in kept, "the log shows the script itself"
    assert "# Summary *** ***" in github.files_of(run_id, "*/summary.md")
    (note,) = github.jobs(run_id)["a"]["annotations"]
    assert note == {"level": "error", "title": "t ***", "message": "annotation ***"}


def test_outputs__of_a_job_that_hold_a_masked_value_are_left_out(github: LittleGitHub) -> None:
    workflow = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    outputs:
      with-secret: before ${{ steps.s.outputs.secret }} after
      with-mask: ${{ steps.s.outputs.digest }}
      text: ${{ steps.s.outputs.text }} off 10:30
    steps:
      - id: s
        env: {S: "${{ secrets.S }}"}
        run: |
          echo "::add-mask::4e1f"
          echo "secret=$S" >> "$GITHUB_OUTPUT"
          echo "digest=0123454e1f678" >> "$GITHUB_OUTPUT"
          printf 'text<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
  b:
    needs: a
    runs-on: ubuntu-latest
    steps:
      - env: {A: "${{ toJSON(needs.a.outputs) }}"}
        run: |
          test "$(echo $A)" = '{ "text": "one\\ntwo off 10:30", "with-mask": "", "with-secret": "" }'
"""
    sha = github.repository("outputs", {WORKFLOW: workflow})
    github.store.put("secret", f"{OWNER}/outputs", {"S": "1234"})
    (run_id,) = github.emit("push", "outputs", sha)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    notes = [note["message"] for note in github.jobs(run_id)["a"]["annotations"]]
    assert notes == [f"Skip output '{name}' since it may contain secret." for name in ("with-secret", "with-mask")]
    steps = github.jobs(run_id)["a"]["steps"]
    assert [step["name"] for step in steps] == ["Set up job", 'Run echo "::add-mask::4e1f"', "Complete job"]
    assert {step["conclusion"] for step in steps} == {"success"}


RETRIED = f"""
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    outputs: {{bundle: "bundle-${{{{ github.run_attempt }}}}", said: "${{{{ steps.s.outputs.said }}}}"}}
    steps:
      - id: s
        run: echo "said=made in $GITHUB_RUN_ATTEMPT" | tee -a "$GITHUB_OUTPUT" > made
      - uses: {UPLOAD}
        with: {{name: "bundle-${{{{ github.run_attempt }}}}", path: made}}
  take:
    needs: make
    runs-on: ubuntu-latest
    permissions: {{actions: read}}
    steps:
      - uses: {DOWNLOAD}
        continue-on-error: true
        with: {{name: "${{{{ needs.make.outputs.bundle }}}}", path: by-name}}
      - uses: {DOWNLOAD}
        with: {{name: "${{{{ needs.make.outputs.bundle }}}}", path: by-rest, github-token: "{TOKEN_OF_A_RERUN}"}}
      - run: test "$GITHUB_RUN_ATTEMPT" = 2
      - run: test "$(cat by-rest/made)" = "said=$SAID" && ! test -e by-name
        env: {{SAID: "${{{{ needs.make.outputs.said }}}}"}}
  last:
    needs: take
    if: always()
    runs-on: ubuntu-latest
    steps: [{{run: 'true'}}]
"""


def test_rerun__of_the_failed_jobs_keeps_outputs_and_artifacts_of_the_others(github: LittleGitHub) -> None:
    run_id = github.push("retried", RETRIED)
    assert github.finished(run_id)["conclusion"] == "failure"
    failed = [job["id"] for job in github.store.find("job", run_id=run_id, conclusion="failure")]
    assert github.conclusions(run_id) == {"make": "success", "take": "failure", "last": "success"}, github.log(run_id)
    github.actions.rerun(run_id, failed)
    github.finished(run_id)
    second = {job["name"]: job for job in github.store.find("job", run_id=run_id, run_attempt=2)}
    assert list(second) == ["make", "take", "last"]
    assert second["make"]["started_at"] == github.store.find("job", run_id=run_id)[0]["started_at"]
    log = github.files_of(run_id, "2/*.log")
    assert [second[name]["conclusion"] for name in ("take", "last")] == ["success", "success"], log
    assert "(404) workflow run not found" in log, "by name alone, only this attempt's are there"
    assert "Artifact bundle-1 was downloaded to" in log


def test_cancel__runs_what_runs_always_and_leaves_nothing_behind(github: LittleGitHub) -> None:
    workflow = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: trap 'echo interrupted; exit 1' INT; (setsid sleep 4322.PID &) ; echo ready; while true; do sleep 0.1; done
      - run: echo "cancelled, cleaning up"
        if: cancelled()
      - run: echo "not run"
"""
    run_id = github.push("cancel", workflow.replace("PID", str(os.getpid())))
    wait_until(lambda: " ready\n" in github.log(run_id))
    assert github.actions.cancel(run_id)
    assert github.finished(run_id)["conclusion"] == "cancelled"
    log = github.log(run_id)
    assert " interrupted\n" in log
    assert " cancelled, cleaning up\n" in log
    assert " not run\n" not in log
    assert processes_with(f"sleep 4322.{os.getpid()}") == []
    assert not github.actions.cancel(run_id)
    assert list((github.data / "work").glob(f"{run_id}-*")) == []


def test_cancel__of_a_step_that_does_not_mind_signals(tmp_path: Path) -> None:
    github = LittleGitHub(tmp_path / "data", patience=1)
    workflow = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: trap '' INT TERM; echo ready; while true; do sleep 0.1; done
      - run: echo "cancelled, cleaning up"
        if: cancelled()
"""
    try:
        run_id = github.push("stubborn", workflow)
        wait_until(lambda: " ready\n" in github.log(run_id))
        assert github.actions.cancel(run_id)
        assert github.finished(run_id)["conclusion"] == "cancelled"
        assert " cancelled, cleaning up\n" in github.log(run_id)
    finally:
        github.close()


def test_restart__interrupted_runs_begin_again_and_queued_ones_go_on(tmp_path: Path) -> None:
    github = LittleGitHub(tmp_path / "data")
    try:
        sha = github.repository("restart", {WORKFLOW: GATED.format(rule="queue: max")})
        gate = tmp_path / "gate"
        first, second = dispatch(github, "restart", sha, gate), dispatch(github, "restart", sha, gate)
        wait_until(lambda: github.store.find("job", run_id=first, status="in_progress"))
        github.restart_actions()
        gate.touch()
        assert [github.finished(run)["conclusion"] for run in (first, second)] == ["success", "success"]
        assert [github.finished(run)["run_attempt"] for run in (first, second)] == [2, 1]
        assert " attempt 2\n" in github.log(first)
        assert github.actions.rerun(second)
        assert github.finished(second)["run_attempt"] == 2
    finally:
        github.close()


def test_called_workflows_and_actions_of_other_repositories(github: LittleGitHub) -> None:
    action = "name: Greet\ndescription: d\ninputs: {who: {default: x}}\nruns:\n  using: composite\n  steps:\n"
    action += (
        "    - {shell: bash, run: 'echo \"hello $WHO from $GITHUB_ACTION_PATH\"', env: {WHO: '${{ inputs.who }}'}}\n"
    )
    called = """
on: {workflow_call: {inputs: {word: {type: string}}, secrets: {S: {required: true}}}}
jobs:
  inner:
    name: Inner
    runs-on: ubuntu-latest
    steps:
      - run: test "$WORD$S" = "a-wordthe-secret"
        env: {WORD: "${{ inputs.word }}", S: "${{ secrets.S }}"}
"""
    tools = github.repository("tools", {"greet/action.yml": action})
    github.core.git(github.store.get("repo", f"{OWNER}/tools") or {}).update_ref("refs/tags/v1", tools)
    workflow = f"""
on: push
jobs:
  outer:
    uses: ./.github/workflows/called.yml
    with: {{word: a-word}}
    secrets: {{S: "${{{{ secrets.S }}}}"}}
  other:
    runs-on: ubuntu-latest
    steps:
      - uses: {OWNER}/tools/greet@v1
        with: {{who: world}}
"""
    sha = github.repository("caller", {WORKFLOW: workflow, ".github/workflows/called.yml": called})
    github.store.put("secret", f"{OWNER}/caller", {"S": "the-secret"})
    (run_id,) = github.emit("push", "caller", sha)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    assert github.conclusions(run_id) == {"outer / Inner": "success", "other": "success"}
    assert "hello world from" in github.log(run_id)


def test_checkout__credentials_work_and_stay_out_of_the_repository(github: LittleGitHub, tmp_path: Path) -> None:
    workflow = f"""
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: {CHECKOUT}
        with: {{repository: {OWNER}/private, ref: v1, path: inside, token: "${{{{ secrets.PAT }}}}", fetch-depth: 0}}
      - run: git -C inside fetch -q origin main && cat inside/file && ! grep -i authorization inside/.git/config
"""
    secret_repository = github.repository("private", {"file": "private content\n"})
    with github.store.change("repo", f"{OWNER}/private") as repo:
        repo["private"] = True
    github.core.git(repo).update_ref("refs/tags/v1", secret_repository)
    sha = github.repository("visitor", {WORKFLOW: workflow})
    token = create_token(github.store, OWNER, {"contents": "read"})
    github.store.put("secret", f"{OWNER}/visitor", {"PAT": token})
    (run_id,) = github.emit("push", "visitor", sha)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    assert "private content" in github.log(run_id)


def test_checkout__a_sparse_one_has_the_folders_that_it_names_and_fetches_no_other_file(github: LittleGitHub) -> None:
    workflow = f"""
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: {CHECKOUT}
        with:
          sparse-checkout: |
            code
            more/inner
      - run: find . -name .git -prune -o -type f -print | sort | paste -sd' '
      - run: "git rev-list --objects --missing=print HEAD | grep -c '^?'"
      - uses: {CHECKOUT}
        with: {{path: two, sparse-checkout: /code/deep/, sparse-checkout-cone-mode: false}}
      - run: find two -name .git -prune -o -type f -print | sort | paste -sd' '
"""
    files = ("at_root", "code/a", "code/deep/b", "docs/c", "more/d", "more/inner/e", "more/other/f")
    run_id = github.push("sparse", workflow, **{path: f"text of {path}" for path in files})
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    log = github.log(run_id)
    assert "./at_root ./code/a ./code/deep/b ./more/d ./more/inner/e\n" in log
    assert " 3\n" in log, "docs/c, more/other/f and the workflow are not there"
    assert "two/code/deep/b\n" in log


def test_workflow_run__follows_a_finished_run(github: LittleGitHub) -> None:
    first = "name: First\non: repository_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
    second = "on: {workflow_run: {workflows: [First], types: [completed]}}\n"
    second += "run-name: after ${{ github.event.workflow_run.id }}\n"
    second += "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
    sha = github.repository("chain", {WORKFLOW: first, ".github/workflows/second.yml": second})
    (run_id,) = github.emit("repository_dispatch", "chain", sha)
    wait_until(lambda: len(github.store.find("run", repo=f"{OWNER}/chain")) == 2)
    follower = github.store.find("run", repo=f"{OWNER}/chain")[1]
    assert github.finished(follower["id"])["run_name"] == f"after {run_id}"


def test_workflow_run__tells_of_a_run_that_was_asked_for_before_it_ends(github: LittleGitHub) -> None:
    first = "name: First\non: repository_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
    second = "on: {workflow_run: {workflows: [First], types: [requested]}}\n"
    second += "run-name: ${{ github.event.action }} ${{ github.event.workflow_run.status }}\n"
    second += "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
    sha = github.repository("asked", {WORKFLOW: first, ".github/workflows/second.yml": second})
    github.emit("repository_dispatch", "asked", sha)
    [follower] = github.store.find("run", repo=f"{OWNER}/asked", event="workflow_run")
    assert github.finished(follower["id"])["run_name"] == "requested queued"
    assert len(github.store.find("run", repo=f"{OWNER}/asked")) == 2


def test_a_disabled_workflow__is_started_by_nothing(github: LittleGitHub) -> None:
    workflow = "on: [push, repository_dispatch]\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}"
    sha = github.repository("silent", {WORKFLOW: workflow})
    set_state(github.store, f"{OWNER}/silent", WORKFLOW, DISABLED)
    assert github.emit("push", "silent", sha) == []
    assert github.emit("repository_dispatch", "silent", sha) == []
    set_state(github.store, f"{OWNER}/silent", WORKFLOW, ACTIVE)
    [run_id] = github.emit("push", "silent", sha)
    assert github.finished(run_id)["conclusion"] == "success"


def test_uv__the_real_one_installs_offline_from_the_cache(github: LittleGitHub) -> None:
    workflow = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: astral-sh/setup-uv@v10.3.3\n"
    )
    workflow += "      - run: uv venv -q env && env/bin/python -c 'print(\"python of the job\")'\n"
    run_id = github.push("uv", workflow)
    assert github.finished(run_id)["conclusion"] == "success", github.log(run_id)
    assert "python of the job" in github.log(run_id)


def test_nothing_is_left_of_finished_runs(github: LittleGitHub) -> None:
    run_id = github.push("clean", "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}")
    github.finished(run_id)
    assert list((github.data / "work").glob(f"{run_id}-*")) == []
    assert github.store.find("token", run_id=run_id) == []
    assert processes_with(str(github.data / "work" / f"{run_id}-1")) == []
