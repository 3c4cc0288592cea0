"""What nobody may read stays out of questions, records and files; what the sender published may be on the page."""

import io
from functools import partial

import pytest

from action.console import Console
from action.contract.assertion import Js
from action.contract.contract import Contract, Report, Result
from action.contract.verdict import Verdict
from action.deadline import Deadline
from action.errors import (
    SecretFound,
)
from action.gates.http import GuardedHttp
from action.generate.candidate import Draft
from action.generate.generate import gather, keep
from action.generate.tools import Tools
from action.generate.trial import Attempt, Trial
from action.record import BuildRecord
from tests.unit.action.generate.scripted_build import (
    CURRENT,
    PAGE,
    RECEIVED,
    ScriptedModel,
    blocks,
    build,
    data_uri,
    earlier,
    request_for,
)


def test_private_values_are_not_in_the_prompt_nor_in_the_record() -> None:
    bundle, model = build(request_for(), PAGE)
    for private in ("someone@mail.internal", "the-nonce", "evaluator.example"):
        assert private not in str(model.prompts)
        assert private not in bundle.record.model_dump_json()


def test_what_the_page_before_shows_may_stay_there() -> None:
    shown = {**PAGE, "index.html": "<!doctype html><title>x</title><p>someone@mail.internal"}
    bundle, model = build(request_for(round=2), shown, current=earlier({"index.html": b"<p>someone@mail.internal"}))
    assert len(model.prompts) == 1
    assert b"someone@mail.internal" in bundle.files["index.html"]
    bundle, _ = build(request_for(round=2), *[shown] * 4, current=earlier({"index.html": b"<p>nobody"}))
    assert b"someone@mail.internal" not in b"".join(bundle.files.values())


@pytest.mark.parametrize(
    "value", ["someone@mail.internal", "Someone@Mail.INTERNAL", "the-nonce", "shared-word-of-the-sender"]
)
def test_a_page_with_a_private_value_goes_back_to_the_model(value: str) -> None:
    bad = {**PAGE, "index.html": f"<!doctype html>\n<title>x</title>\n<p>{value}"}
    bundle, model = build(request_for(), bad, PAGE, secret="shared-word-of-the-sender")
    assert "line 3 of index.html repeats a private value; remove it" in model.said()
    assert bundle.files["index.html"].decode().strip() == PAGE["index.html"]
    assert value not in bundle.record.model_dump_json()


def test_what_looks_like_a_secret_is_told_too() -> None:
    key = "AKIA" + "A2" * 8
    _, model = build(request_for(), {**PAGE, "app.js": f"key = '{key}'"}, {**PAGE, "app.js": "key = ask()"})
    assert "line 1 of app.js looks like a secret; remove it" in model.said()


def test_a_model_that_insists_on_a_private_value_gets_the_plain_page_into_the_bundle() -> None:
    bad = {**PAGE, "index.html": "<!doctype html><title>x</title><p>the-nonce"}
    bundle, _ = build(request_for(), *[bad] * 9)
    assert not any(b"the-nonce" in body for body in bundle.files.values())
    assert bundle.record.generation is not None
    assert "looks like a secret" in bundle.record.generation.fallback
    assert bundle.record.contract is None
    assert [failure.code for failure in bundle.record.failures] == [SecretFound.code]


def test_a_private_value_that_the_brief_itself_contains_may_be_on_the_page() -> None:
    page = {**PAGE, "index.html": "<!doctype html><title>x</title><p>someone@mail.internal"}
    bundle, model = build(request_for(brief="A contact card for Someone@mail.internal."), page)
    assert b"someone@mail.internal" in bundle.files["index.html"]
    assert len(model.prompts) == 1


def test_why_a_revision_is_held_back_is_told_without_private_values() -> None:
    request = request_for(round=2)
    deadline = Deadline(RECEIVED, clock=partial(float, RECEIVED.timestamp()))
    tools = Tools(ScriptedModel(), GuardedHttp(), Console(io.StringIO()), deadline, "o")
    inputs = gather(request, tools)
    lost = Result(
        assertion=Js(expression="true", sentence="The title is The-Nonce."), verdict=Verdict(state="fail", actual="x")
    )
    best = Attempt(1, Draft(), {"index.html": b"x"}, Report(results=(lost,)), lost=(lost,))
    record = BuildRecord(build_id=request.build_id, task_key=request.task_key, round=2, received_at=RECEIVED)
    outcome = keep(best, [best], Trial(inputs, Contract(), tools), record)
    assert outcome.notes == ("held back: The title is ***.",)


DEAD = {"name": "data.csv", "url": "https://10.0.0.1/data.csv"}  # no address of the internet
SECRET = "shared-word-of-the-sender"
TOKEN = "gh" + "p_" + "a1B2c3D4e5" * 4


@pytest.mark.parametrize("value", ["someone@mail.internal", SECRET, TOKEN])
def test_nothing_hides_under_the_name_of_an_attachment_that_could_not_be_fetched(value: str) -> None:
    bad = {**PAGE, "data.csv": f"a\n{value}"}
    bundle, _ = build(request_for(attachments=[DEAD]), bad, *[bad] * 3, secret=SECRET)
    assert not any(value.encode() in body for body in bundle.files.values())


@pytest.mark.parametrize("name", ["someone@mail.internal.txt", f"a/{SECRET}.txt", f"notes-{TOKEN}.txt"])
def test_a_name_with_a_secret_goes_back_to_the_model(name: str) -> None:
    better = f"<<<DELETE TOKEN {name}>>>\n" + blocks({"a.txt": "x"})
    bundle, model = build(request_for(), {**PAGE, name: "x"}, better, secret=SECRET)
    assert "its name looks like a secret" in model.said() or "its name repeats a private value" in model.said()
    assert bundle.files["a.txt"].strip() == b"x"
    assert name not in bundle.files
    for value in ("someone@mail.internal", SECRET, TOKEN):
        assert value not in bundle.record.model_dump_json()


@pytest.mark.parametrize("name", ["someone@mail.internal.txt", f"a/{SECRET}.txt", f"notes-{TOKEN}.txt"])
def test_a_model_that_insists_on_a_name_with_a_secret_loses_that_file_alone(name: str) -> None:
    bundle, _ = build(request_for(), *[{**PAGE, name: "x", "b.txt": "y"}] * 4, secret=SECRET)
    generation = bundle.record.generation
    assert generation is not None
    assert (generation.fallback, bundle.files["b.txt"].strip()) == ("", b"y")
    assert [note.partition(": its name")[0] for note in generation.notes] == [f"left out: {masked(name)}"]
    for value in ("someone@mail.internal", SECRET, TOKEN):
        assert value not in f"{bundle.record.model_dump_json()}{bundle.files}"


def masked(name: str) -> str:
    return name.replace("someone@mail.internal", "***").replace(SECRET, "***").replace(f"{TOKEN}.txt", "***")


def test_what_the_name_of_a_file_shows_already_may_stay_there() -> None:
    card = {"name": "someone@mail.internal.csv", "url": data_uri(b"a")}
    shown = {**PAGE, "index.html": "<!doctype html><title>x</title><a href='someone@mail.internal.csv'>x</a>"}
    bundle, model = build(request_for(attachments=[card]), shown, secret=SECRET)
    assert (len(model.prompts), b"someone@mail.internal" in bundle.files["index.html"]) == (1, True)
    changed = {**PAGE, "someone@mail.internal.txt": "new"}
    before = earlier({**CURRENT, "someone@mail.internal.txt": b"old"})
    bundle, model = build(request_for(round=2), changed, current=before, secret=SECRET)
    assert (len(model.prompts), bundle.files["someone@mail.internal.txt"].strip()) == (1, b"new")


@pytest.mark.parametrize("name", [".someone@mail.internal", f".{SECRET}", f".x-{TOKEN}"])
def test_a_refused_name_is_masked_in_the_record(name: str) -> None:
    bundle, _ = build(request_for(), *[{**PAGE, name: "x"}] * 4, secret=SECRET)
    assert bundle.record.generation is not None
    assert any("left out: .***" in note or "left out: .x-***" in note for note in bundle.record.generation.notes)
    for value in ("someone@mail.internal", SECRET, TOKEN):
        assert value not in bundle.record.model_dump_json()


def test_what_the_sender_attached_may_be_on_the_page() -> None:
    shown = {**PAGE, "index.html": "<!doctype html><title>x</title><p>someone@mail.internal"}
    profile = {"name": "profile.json", "url": data_uri(b'{"email": "Someone@mail.internal"}')}
    bundle, model = build(request_for(attachments=[profile]), shown, secret=SECRET)
    assert len(model.prompts) == 1
    assert b"someone@mail.internal" in bundle.files["index.html"]


def test_a_token_of_the_brief_may_be_on_the_page_and_in_the_next_round() -> None:
    page = {**PAGE, "index.html": f"<!doctype html><title>x</title><p>{TOKEN}"}
    bundle, model = build(request_for(brief=f"A decoder. Its sample is {TOKEN}."), page)
    assert (len(model.prompts), TOKEN.encode() in bundle.files["index.html"]) == (1, True)
    changed = {**PAGE, "index.html": f"<!doctype html><title>y</title><p>{TOKEN}"}
    bundle, model = build(request_for(round=2), changed, current=earlier(bundle.files))
    assert (len(model.prompts), TOKEN.encode() in bundle.files["index.html"]) == (1, True)
    _, model = build(request_for(), page, PAGE)
    assert len(model.prompts) == 2


@pytest.mark.parametrize(
    ("more", "secret", "shown"),
    [
        ({"email": "user@example.com"}, "", '<input placeholder="user@example.com">'),
        ({"evaluation_url": "https://httpbin.org/post"}, "", "<script>fetch('https://httpbin.org/post')</script>"),
        ({"nonce": "12345678"}, "", '<a href="tel:+49 12345678">call</a>'),
        ({}, "password", '<input type="password">'),
    ],
)
def test_values_that_tell_of_nobody_cost_no_page(more: dict[str, str], secret: str, shown: str) -> None:
    page = {**PAGE, "index.html": f"<!doctype html><title>x</title>{shown}"}
    _, model = build(request_for(**more), page, secret=secret)
    assert len(model.prompts) == 1
