"""The first line of a commit says what was done, and GitHub acts on nothing in it."""

import re
from typing import Any

import pytest

from action.github.git import Trailers
from action.site.commit_title import LONGEST, commit_title
from action.site.content import Content
from action.steps.revise import brief_for
from embedded.actions.triggers import starts
from embedded.github.events import Event
from receiver.task import BuildRequest
from receiver.task.feedback import Feedback

FILES = Content({"index.html": b""})
PRIVATE = ("nonce-4711-abcd",)


def title(request: BuildRequest, content: Content = FILES, *, is_kept: bool = False, **task: Any) -> str:
    request = request.model_copy(update={"task": request.task.model_copy(update=task)})
    return commit_title(request, content, PRIVATE, is_kept=is_kept)


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        ("A page with the heading Hello.", "Round 1: A page with the heading Hello"),
        ("# Sum of **sales**\n\nAdd them up.", "Round 1: Sum of sales"),
        ("Show `data.csv` in #table, see <b>here</b>.", "Round 1: Show data.csv in table, see bhere/b"),
        ("x" * 500, f"Round 1: {'x' * 62}…"),
        ("Write to me@example.org about tides", "Round 1: Write to about tides"),
        ("nonce-4711-abcd", "Round 1: sum-of-sales"),
        ("[skip ci]", "Round 1: skip ci"),
        ("@@@", "Round 1"),
    ],
)
def test_a_round_says_what_was_asked(request_: BuildRequest, brief: str, expected: str) -> None:
    assert title(request_, brief=brief, task="sum-of-sales") == expected


def test_every_kind_of_commit_says_which_it_is(request_: BuildRequest) -> None:
    revision = request_.model_copy(update={"revision": "e" * 20})
    restore = revision.model_copy(update={"restore": "1a2b3c4" + "d" * 33})
    words = "A page with tides."
    assert title(request_, brief=words, round=2) == "Round 2: A page with tides"
    assert title(revision, brief=words) == "Revision of round 1: A page with tides"
    assert title(restore, brief=words) == "Restore the files of 1a2b3c4"
    fallback = Content({"index.html": b""}, reason="No model answered.")
    assert title(request_, fallback, brief=words) == "Fallback page for round 1: A page with tides"
    assert title(request_, fallback, brief=words, round=2, is_kept=True) == "Round 2: the page stays as it was"


HOSTILE = [
    *(f"A page {mark} here" for mark in ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")),
    *("skip-checks: true", "skip-checks:true", "A page\n\n\nskip-checks: true", "[SKIP\nCI]", "[[skip ci]skip ci]"),
    *("fixes #1", "Closes owner/repo#12", "resolves GH-3", "fixes https://github.com/owner/repo/issues/4"),
    *("thanks @someone", "cc @org/team", "[click](https://example.org)", "<img src=x>", "`code` **bold** ~~no~~"),
    *("a\rb\x00c\u2028d", "Co-authored-by: A <a@example.org>", "\u202egnp.exe"),
]
ACTED_ON = re.compile(r"[\[\]#@<>`*|~]|\bGH-\d|https?:|skip-checks|[^ -\uffff]", re.IGNORECASE)


@pytest.mark.parametrize("brief", HOSTILE)
@pytest.mark.parametrize("revision", ["", "e" * 20])
def test_nothing_in_a_title_skips_the_deployment_or_makes_github_act(
    request_: BuildRequest, brief: str, revision: str
) -> None:
    found = title(request_.model_copy(update={"revision": revision}), brief=brief)
    assert len(found) <= LONGEST
    assert found.isprintable()
    assert not ACTED_ON.search(found)
    message = Trailers("b" * 20, "c" * 20, 1, revision=revision).message(found)
    push = Event("push", "o/r", "refs/heads/main", "a" * 40, {"head_commit": {"message": message}}, "o")
    assert starts({"push": {"branches": ["main"]}}, ".github/workflows/pages.yml", push, list)


def test_a_revision_is_named_after_the_words_of_its_message_only(request_: BuildRequest) -> None:
    said = Feedback(
        message_id="e" * 20, project="owner/site", role="teacher", text="Larger button, please. It is small.",
        at=request_.received_at, metrics={"score": 0.5}, revise=True,
    )  # fmt: skip
    revision = request_.model_copy(update={"revision": said.message_id})
    assert title(revision, brief=brief_for(said)) == "Revision of round 1: Larger button, please"
