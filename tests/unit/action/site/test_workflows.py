"""Workflow files on their way from a model to a commit: drafts, bundles, and what ours does then."""

from pathlib import Path
from typing import Any

import pytest

from action.errors import BundleInvalid
from action.generate.attachments import Attached
from action.generate.candidate import Draft
from action.generate.inputs import Inputs, rules
from action.generate.whole_site import whole_site
from action.github.git import Trailers
from action.record import PAGES_WORKFLOW, BuildRecord
from action.site import bundle
from action.site.content import Content, with_ours
from action.site.workflows import publishing_workflow, refused_as_they_are, review_all
from receiver.task import BuildRequest

CI, OTHER = ".github/workflows/ci.yml", ".github/workflows/other.yml"
PLAIN = b"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hello\n"
DEPLOYING = PLAIN + b"      - uses: actions/deploy-pages@v4\n"
SITE = {"index.html": b"<p>1</p>"}
ASKING = "A page, and a GitHub Actions workflow that says hello."


def asking(request: BuildRequest, brief: str = ASKING) -> BuildRequest:
    changed = request.task.model_copy(update={"brief": brief, "attachments": ()})
    return BuildRequest(
        build_id=request.build_id, task_key=request.task_key, received_at=request.received_at, task=changed
    )


def admitted(request: BuildRequest, files: dict[str, bytes]) -> Draft:
    return whole_site(Inputs(request, Attached({})), Draft(files), {}, "owner").draft


def test_without_being_asked__no_workflow_file_is_admitted(request_: BuildRequest) -> None:
    draft = admitted(asking(request_, "A page."), {**SITE, CI: PLAIN})
    assert draft.files == SITE
    assert [refusal.path for refusal in draft.refusals] == [CI]


def test_when_asked__good_ones_are_admitted_and_bad_ones_go_back_with_reasons(request_: BuildRequest) -> None:
    files = {**SITE, CI: PLAIN, OTHER: PLAIN.replace(b"push", b"schedule"), ".github/x": b"y"}
    draft = admitted(asking(request_), files)
    assert draft.files.keys() == {*SITE, CI}
    assert b"timeout-minutes: 10" in draft.files[CI]
    assert {refusal.path for refusal in draft.refusals} == {OTHER, ".github/x"}
    assert admitted(asking(request_), draft.files).files == draft.files


@pytest.mark.parametrize("path", [PAGES_WORKFLOW, ".pagewright/contract.json", ".pagewright/build.json"])
def test_the_name_of_ours_is_never_the_models(request_: BuildRequest, path: str) -> None:
    draft = admitted(asking(request_), {path: PLAIN})
    assert draft.files == {}
    assert [refusal.path for refusal in draft.refusals] == [path]


def test_only_one_may_publish_the_page__and_not_too_many_at_all() -> None:
    reviewed = review_all({CI: DEPLOYING, OTHER: DEPLOYING})
    assert list(reviewed.files) == [CI]
    assert "must not deploy Pages" in reviewed.refusals[0].reason
    many = review_all({f".github/workflows/w{number}.yml": PLAIN for number in range(5)})
    assert (len(many.files), len(many.refusals)) == (4, 1)


def test_what_the_policy_did_not_write_is_refused_in_the_second_job() -> None:
    admitted = review_all({CI: PLAIN}).files
    assert refused_as_they_are(admitted) == []
    assert "not the text" in refused_as_they_are({CI: PLAIN})[0].reason


@pytest.mark.parametrize(
    ("brief", "files", "accepted"),
    [
        (ASKING, review_all({CI: PLAIN}).files, True),
        ("A page.", review_all({CI: PLAIN}).files, False),
        (ASKING, {CI: PLAIN}, False),
        (ASKING, {".github/dependabot.yml": b"x: y\n"}, False),
        (ASKING, {PAGES_WORKFLOW: review_all({CI: PLAIN}).files[CI]}, False),
    ],
)
def test_a_bundle(
    tmp_path: Path,
    record: BuildRecord,
    request_: BuildRequest,
    brief: str,
    files: dict[str, bytes],
    accepted: bool,
) -> None:
    digest = bundle.write(tmp_path / "b", {**SITE, **files}, record)
    if accepted:
        assert bundle.read(tmp_path / "b", asking(request_, brief), digest).files == {**SITE, **files}
    else:
        with pytest.raises(BundleInvalid, match="file policy"):
            bundle.read(tmp_path / "b", asking(request_, brief), digest)


@pytest.mark.parametrize(("path", "accepted"), [(CI, True), (PAGES_WORKFLOW, False), (".github/x.yml", False)])
def test_which_workflow_files_a_later_round_may_remove(
    tmp_path: Path, record: BuildRecord, request_: BuildRequest, path: str, accepted: bool
) -> None:
    digest = bundle.write(tmp_path / "b", SITE, record, removed=[path])
    if accepted:
        assert bundle.read(tmp_path / "b", asking(request_), digest).removed == (path,)
    else:
        with pytest.raises(BundleInvalid):
            bundle.read(tmp_path / "b", asking(request_), digest)


def test_ours_is_left_out_when_another_one_publishes_the_page() -> None:
    trailers = Trailers("b" * 20, "c" * 20, 1)
    content = Content({**SITE, CI: review_all({CI: DEPLOYING}).files[CI]})
    assert PAGES_WORKFLOW not in with_ours(content, "main", trailers, frozenset(), publishes_itself=True)
    assert PAGES_WORKFLOW in with_ours(content, "main", trailers, frozenset())


def test_which_one_publishes_the_page() -> None:
    files = {PAGES_WORKFLOW: DEPLOYING, CI: PLAIN, OTHER: DEPLOYING}
    assert publishing_workflow(files, "main") == OTHER
    assert publishing_workflow({PAGES_WORKFLOW: DEPLOYING, CI: PLAIN}, "main") is None


def test_the_model_sees_the_rules_and_its_own_workflow_only_when_asked(request_: BuildRequest) -> None:
    def inputs(request: BuildRequest) -> Any:
        return Inputs(request, Attached({}), {CI: PLAIN, PAGES_WORKFLOW: PLAIN, **SITE})

    plain, asked = inputs(asking(request_, "A page.")), inputs(asking(request_))
    assert "# Workflow files" not in rules(plain)
    assert "astral-sh/setup-uv" in rules(asked)
    assert set(plain.shown_files) == set(SITE)
    assert set(asked.shown_files) == {*SITE, CI}
