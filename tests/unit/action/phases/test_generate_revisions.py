"""A later round, or a revision, changes the page that is there."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest

from action.bundle import Bundle
from action.console import Console
from action.deadline import Deadline
from action.errors import (
    ModelUnavailable,
    RepositoryMissing,
    RepositoryUnreadable,
    TooManyRevisions,
)
from action.gates.guarded_http import GuardedHttp
from action.phases.generate import generate
from action.phases.workshop import Workshop
from tests.unit.action.phases.scripted_build import (
    CURRENT,
    PAGE,
    RECEIVED,
    ScriptedModel,
    blocks,
    build,
    earlier,
    request_for,
)


def test_a_revision_shows_the_current_files_and_publishes_only_what_changes() -> None:
    bundle, model = build(request_for(round=2), {"app.js": "let c;"}, current=earlier(CURRENT))
    assert bundle.files["app.js"] == b"let c;\n"
    assert "index.html" not in bundle.files
    said = model.said()
    assert "Round 2 of the task." in said
    assert "<p>round 1</p>" in said
    assert ".pagewright" not in said
    assert "pages.yml" not in said
    assert len(model.prompts) == 1


def test_a_revision_can_delete_files_but_not_ours() -> None:
    text = "<<<DELETE TOKEN old.js>>>\n<<<DELETE TOKEN LICENSE>>>\n<<<DELETE TOKEN never.js>>>\n" + blocks(PAGE)
    bundle, _ = build(request_for(round=2), text, current=earlier(CURRENT))
    assert bundle.removed == ("old.js",)


def test_a_deletion_that_the_policy_refuses_does_not_spoil_the_rest() -> None:
    text = "<<<DELETE TOKEN .DS_Store>>>\n<<<DELETE TOKEN .github/workflows/pages.yml>>>\n" + blocks(PAGE)
    bundle, model = build(request_for(round=2), text, *[PAGE] * 3, current=earlier({**CURRENT, ".DS_Store": b"x"}))
    assert bundle.removed == ()
    assert ".DS_Store: is not deleted: names that begin with a dot" in model.said(1)
    assert ".github/workflows/pages.yml: is not deleted" in model.said(1)


def test_a_revision_that_abbreviates_a_file_keeps_the_old_one() -> None:
    short = {**PAGE, "app.js": "let c;\n// ... rest of the code unchanged"}
    bundle, model = build(request_for(round=2), *[short] * 4, current=earlier(CURRENT))
    assert len(model.prompts) == 4
    assert "app.js: line 2 stands for code that was left out" in model.said()
    assert "app.js" not in bundle.files


def test_without_a_model_a_revision_leaves_the_page_alone_and_says_so_in_the_readme() -> None:
    bundle, _ = build(request_for(round=2), ModelUnavailable("No.", "x", "y"), current=earlier(CURRENT))
    assert "index.html" not in bundle.files
    assert bundle.files["README.md"].startswith(b"# X\n\n## Round 2\n")


def test_a_revision_without_a_repository_builds_a_new_one() -> None:
    bundle, _ = build(request_for(round=2), PAGE, current=earlier(None))
    assert "index.html" in bundle.files


def test_a_repository_that_cannot_be_read_now_stops_the_build_rather_than_overwriting_it() -> None:
    def fail(task: str, task_key: str) -> None:
        raise RepositoryUnreadable("No.", "x", "y")

    with pytest.raises(RepositoryUnreadable):
        build(request_for(round=2), PAGE, current=fail)


@dataclass(frozen=True)
class Revised:
    """A history in which the round was revised so often."""

    ids: frozenset[str]

    def revisions(self, round_number: int) -> set[str]:
        return set(self.ids)


def revise(
    *before: str, current: Mapping[str, bytes] | None = CURRENT, model: ScriptedModel | None = None
) -> tuple[Bundle, ScriptedModel]:
    model = model or ScriptedModel({"app.js": "let revised;"})
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10)
    workshop = Workshop(
        model,
        GuardedHttp(),
        Console(io.StringIO()),
        deadline,
        "the-owner",
        lambda task, task_key: current,
        open_history=lambda name: cast(Any, Revised(frozenset(before))),
    )
    request = request_for(email="", evaluation_url="")
    return generate(request.model_copy(update={"project": "my-task-1", "revision": "a" * 20}), workshop), model


def test_a_revision_of_round_1_changes_the_page_that_is_there() -> None:
    bundle, model = revise()
    assert bundle.files["app.js"] == b"let revised;\n"
    assert "index.html" not in bundle.files
    assert "<p>round 1</p>" in model.said()


def test_a_round_that_was_revised_often_enough__no_model_is_asked() -> None:
    model = ScriptedModel()
    with pytest.raises(TooManyRevisions, match="has 3 revisions, and 3 are allowed"):
        revise("1", "2", "3", model=model)
    assert model.prompts == []


def test_a_revision_that_is_run_again_does_not_count_itself() -> None:
    assert revise("1", "2", "a" * 20)[0].files["app.js"] == b"let revised;\n"


def test_a_revision_of_a_project_that_is_gone__no_new_one_is_made() -> None:
    with pytest.raises(RepositoryMissing, match="no project my-task-1"):
        revise(current=None)


def test_a_revision_for_which_no_model_answers_fails_rather_than_adding_a_note() -> None:
    with pytest.raises(ModelUnavailable):
        revise(model=ScriptedModel(ModelUnavailable("No.", "x", "y")))
