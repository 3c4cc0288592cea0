"""A later round, or a revision, changes the page that is there."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest

from action.console import Console
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract
from action.deadline import Deadline
from action.errors import (
    BundleInvalid,
    DailyBudgetSpent,
    ModelUnavailable,
    RepositoryMissing,
    RepositoryUnreadable,
    TooManyRevisions,
)
from action.gates.http import GuardedHttp
from action.generate.tools import DEFAULT_BUDGET, Budget, Tools, nothing_before
from action.site.bundle import Bundle, check_attachments
from action.site.content import written_content
from embedded.model.reading import read_prompt
from receiver.task import BuildRequest
from tests.unit.action.generate.scripted_build import (
    CURRENT,
    PAGE,
    RECEIVED,
    ScriptedModel,
    blocks,
    build,
    data_uri,
    earlier,
    generate,
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


@pytest.mark.parametrize(("length", "times"), [(100, 2), (7_000, 1)])
def test_a_revision_says_again_at_the_end_what_is_asked_for__unless_it_is_long(length: int, times: int) -> None:
    brief = "Add a button. " * (length // 14)
    _, model = build(request_for(round=2, brief=brief, checks=["#go exists"]), PAGE, current=earlier(CURRENT))
    said = model.said()
    assert said.count(brief.strip()) == times
    assert said.count("- #go exists") == times
    assert said.rindex("<p>round 1</p>") < said.index("What this round asks for, once more")


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


def test_a_picture_that_a_reply_types_as_text__stays_what_it_was_and_costs_no_call() -> None:
    before = earlier({**CURRENT, "logo.png": b"\x89PNG of round 1"})
    bundle, model = build(request_for(round=2), {**PAGE, "logo.png": "iVBORw0KGgo"}, current=before)
    assert "index.html" in bundle.files
    assert "logo.png" not in bundle.files
    assert len(model.prompts) == 1


def test_a_new_picture_cannot_be_typed__and_the_model_is_told() -> None:
    bundle, model = build(request_for(), {**PAGE, "logo.PNG": "iVBORw0KGgo"}, *[PAGE] * 3)
    assert "logo.PNG: is no text, and a reply has only texts" in model.said(1)
    assert "logo.PNG" not in bundle.files


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
    *before: str,
    current: Mapping[str, bytes] | None = CURRENT,
    model: ScriptedModel | None = None,
    budget: Budget = DEFAULT_BUDGET,
) -> tuple[Bundle, ScriptedModel]:
    model = model or ScriptedModel({"app.js": "let revised;"})
    deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10)
    tools = Tools(
        model,
        GuardedHttp(),
        Console(io.StringIO()),
        deadline,
        "the-owner",
        lambda task, task_key: current,
        open_history=lambda name: cast(Any, Revised(frozenset(before))),
        budget=budget,
        spent_today=lambda: 1.5,
    )
    request = request_for(email="", evaluation_url="")
    return generate(request.model_copy(update={"project": "my-task-1", "revision": "a" * 20}), tools), model


def test_a_revision_on_a_day_without_dollars_left_is_refused_with_the_reason() -> None:
    model = ScriptedModel(PAGE)
    with pytest.raises(DailyBudgetSpent, match=r"cost \$1.50, and DAILY_BUDGET allows \$1.00"):
        revise(model=model, budget=Budget(dollars_a_day=1.0))
    assert model.prompts == []


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


SCRIPT = b"a = 1\nprint('revenew', a)\n"
FIXED = SCRIPT.replace(b"revenew", b"revenue")
FIX = "Commit execute.py after fixing the typo revenew."
TYPO_CHECK = 'execute.py does not contain the typo "revenew"'


def with_script(brief: str, *checks: str, round_number: int = 1) -> BuildRequest:
    attached = [{"name": "execute.py", "url": data_uri(SCRIPT)}]
    return request_for(brief=brief, checks=list(checks), attachments=attached, round=round_number)


@pytest.mark.parametrize("round_number", [1, 2])
def test_an_attachment_that_is_to_be_fixed_is_shown_and_committed_as_it_was_fixed(round_number: int) -> None:
    before = earlier({**CURRENT, "execute.py": SCRIPT}) if round_number > 1 else nothing_before
    request = with_script(FIX, TYPO_CHECK, round_number=round_number)
    bundle, model = build(request, {**PAGE, "execute.py": FIXED.decode()}, current=before)
    assert "print('revenew', a)" in model.said(0)
    assert "the task orders them to be changed" in model.said(0)
    reading = read_prompt(model.said(0))
    assert reading is not None
    assert reading.attachments == ("execute.py",)
    assert bundle.files["execute.py"] == FIXED
    contract = Contract.from_storage(bundle.files[CONTRACT])
    assert not [a for a in contract.assertions if a.kind == "equals_attachment"]
    assert len(model.prompts) == 1
    check_attachments(bundle.files, request.task)
    assert written_content(request, bundle, "the-owner", ()).files["execute.py"] == FIXED


def test_an_attachment_that_is_to_be_fixed_can_be_edited_in_place() -> None:
    edit = (
        "<<<EDIT TOKEN execute.py>>>\nprint('revenew', a)\n<<<REPLACE TOKEN>>>\nprint('revenue', a)\n<<<END TOKEN>>>\n"
    )
    bundle, model = build(with_script(FIX), edit + blocks(PAGE))
    assert bundle.files["execute.py"] == FIXED
    assert len(model.prompts) == 1


def test_an_attachment_that_is_only_to_be_shown_is_not_changed_by_the_model() -> None:
    bundle, model = build(with_script("Show execute.py."), {**PAGE, "execute.py": FIXED.decode()})
    assert bundle.files["execute.py"] == SCRIPT
    assert "the task orders them to be changed" not in model.said(0)


def test_an_attachment_that_the_model_left_as_it_was_is_committed_as_it_was() -> None:
    bundle, _ = build(with_script(FIX), PAGE)
    assert bundle.files["execute.py"] == SCRIPT


def test_a_secret_in_the_new_lines_of_an_attachment_is_not_published() -> None:
    secret = "token = 'ghp_" + "aB3" * 12 + "'\n"
    bundle, model = build(with_script(FIX), *[{**PAGE, "execute.py": FIXED.decode() + secret}] * 4)
    assert "line 3 of execute.py looks like a secret" in model.said()
    assert bundle.files["execute.py"] == SCRIPT


def test_a_secret_that_the_sender_attached_is_the_senders_business() -> None:
    secret = b"token = 'ghp_" + b"aB3" * 12 + b"'\n"
    attached = [{"name": "execute.py", "url": data_uri(SCRIPT + secret)}]
    request = request_for(brief=FIX, attachments=attached)
    bundle, _ = build(request, {**PAGE, "execute.py": (FIXED + secret).decode()})
    assert bundle.files["execute.py"] == FIXED + secret
    assert written_content(request, bundle, "the-owner", ()).files["execute.py"] == FIXED + secret


def test_the_publishing_job_requires_an_attachment_that_nobody_ordered_to_be_changed() -> None:
    with pytest.raises(BundleInvalid, match=r"execute\.py is missing or is not what the request carried"):
        check_attachments({"execute.py": FIXED}, with_script("Show execute.py.").task)
    check_attachments({"execute.py": FIXED}, with_script(FIX).task)


def test_what_a_round_replaces_is_told_to_the_model_and_kept_in_the_record() -> None:
    first, _ = build(request_for(checks=["old.json exists", 'README mentions "Usage"']), {**PAGE, "old.json": "[]"})
    text = "<<<DELETE TOKEN old.json>>>\n" + blocks({**PAGE, "new.json": "[1]"})
    request = request_for(brief="Rename old.json to new.json.", round=2)
    bundle, model = build(request, text, current=earlier(first.files))
    assert len(model.prompts) == 1
    assert "The file old.json exists. (now: Rename old.json to new.json.)" in model.said()
    reading = read_prompt(model.said())  # the stand-in model finds the files where they were
    assert reading is not None
    assert sorted(reading.current_files) == ["README.md", "index.html", "old.json"]
    assert bundle.removed == ("old.json",)
    contract = bundle.record.contract
    assert contract is not None
    assert not contract.is_held_back
    assert [(it.sentence, it.words, it.origin) for it in contract.retired] == [
        ("The file old.json exists.", "Rename old.json to new.json.", "given")
    ]
    stored = Contract.from_storage(bundle.files[CONTRACT])
    assert not [a for a in stored.assertions if "old.json" in a.sentence]


def test_a_given_file_that_no_words_touch_and_that_is_lost_is_held_back() -> None:
    first, _ = build(request_for(checks=["old.json exists"]), {**PAGE, "old.json": "[]"})
    text = "<<<DELETE TOKEN old.json>>>\n" + blocks({**PAGE, "new.json": "[1]"})
    bundle, model = build(request_for(brief="Add new.json.", round=2), *[text] * 4, current=earlier(first.files))
    assert "The file old.json exists." in model.said(1)
    assert bundle.record.contract is not None
    assert bundle.record.contract.is_held_back
    assert bundle.removed == ()
    assert "new.json" not in bundle.files


def replaced(number: int, words: str) -> str:
    return f"<<<REPLACED TOKEN {number}>>>\n{words}\n<<<END TOKEN>>>\n"


BRIEF = "From now on the list lives in new.json alone. Keep the title."
DROPPED = "<<<DELETE TOKEN old.json>>>\n" + blocks({**PAGE, "new.json": "[1]"})
SAID = replaced(1, "the list lives in new.json  alone") + "<<<DONE TOKEN>>>"


def second_round(*answers: str, **task: Any) -> tuple[Bundle, ScriptedModel]:
    first, _ = build(
        request_for(checks=["old.json exists", "list.json exists"]), {**PAGE, "old.json": "[]", "list.json": "[]"}
    )
    return build(request_for(round=2, **{"brief": BRIEF, **task}), *answers, current=earlier(first.files))


def test_a_model_may_quote_the_words_that_end_what_it_broke__and_that_costs_one_call() -> None:
    bundle, model = second_round(DROPPED, SAID)
    assert "1. The file old.json exists." in model.said(1)
    assert len(model.prompts) == 2
    contract = bundle.record.contract
    assert contract is not None
    assert [(it.sentence, it.words, it.by) for it in contract.retired] == [
        ("The file old.json exists.", "the list lives in new.json  alone", "model")
    ]
    assert (contract.is_held_back, bundle.removed) == (False, ("old.json",))
    assert "old.json" not in [a.sentence for a in contract.assertions]
    assert "old.json" not in bundle.files[CONTRACT].decode()
    assert "list.json" in bundle.files[CONTRACT].decode()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (replaced(1, "old.json is not wanted"), "these words are not in the brief of this round"),
        (replaced(1, "the list"), "these words are not in the brief of this round"),
        (replaced(1, "[the words of the brief]"), "these words are not in the brief of this round"),
        (replaced(1, "Keep the title."), "these words speak of something else"),
    ],
)
def test_what_the_brief_does_not_say_ends_nothing(said: str, why: str) -> None:
    bundle, model = second_round(DROPPED, *[said + "<<<DONE TOKEN>>>"] * 3)
    assert f"REPLACED 1: {why}, so it is still demanded" in model.said(2)
    assert bundle.record.contract is not None
    assert bundle.record.contract.is_held_back
    assert bundle.removed == ()


def test_a_number_that_no_question_had_ends_nothing() -> None:
    said = "".join(
        f"<<<REPLACED TOKEN {it}>>>\nthe list lives in new.json\n<<<END TOKEN>>>\n" for it in ("9" * 5_000, "2", "x")
    )
    bundle, _ = second_round(DROPPED, *[said + "<<<DONE TOKEN>>>"] * 3)
    assert bundle.record.contract is not None
    assert bundle.record.contract.is_held_back


def test_changes_in_the_same_answer_are_tried_without_what_it_ends() -> None:
    more = blocks({**PAGE, "new.json": "[1, 2]"})
    bundle, model = second_round(DROPPED, replaced(1, "the list lives in new.json alone") + more)
    assert len(model.prompts) == 2
    assert bundle.record.contract is not None
    assert len(bundle.record.contract.attempts) == 2
    assert not bundle.record.contract.is_held_back
