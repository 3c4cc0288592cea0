"""A task in every shape that senders use (docs of the protocol's practice), and the shapes that are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from receiver.task import Attachment, Check, Task, UndecodableAttachment


def sent(**change: Any) -> Task:
    body = {
        "email": "student@example.com",
        "task": "captcha-solver-1",
        "round": 1,
        "nonce": "nonce-1",
        "brief": "A page.",
        "evaluation_url": "https://example.com/notify",
    }
    return Task.from_sender({**body, **change})


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ("one sentence", [Check(text="one sentence")]),
        ("js: 1 === 1", [Check(js="1 === 1")]),
        ("JavaScript : a:b", [Check(js="a:b")]),
        (["Title: is set", "js:x"], [Check(text="Title: is set"), Check(js="x")]),
        ([{"js": " true "}], [Check(js="true")]),
        ({"js": "true"}, [Check(js="true")]),
        ([{"text": "words"}], [Check(text="words")]),
        ([{"other": 1}], [Check(text='{"other": 1}')]),
        ([7, None], [Check(text="7"), Check(text="null")]),
        (None, []),
        ("", []),
        ([], []),
    ],
)
def test_checks_are_read_in_every_shape(checks: object, expected: list[Check]) -> None:
    assert list(sent(checks=checks).checks) == expected


def test_checks_may_be_missing_and_so_may_attachments() -> None:
    assert sent().checks == ()
    assert sent().attachments == ()


@pytest.mark.parametrize(("given", "expected"), [(1, 1), ("1", 1), (" 2 ", 2), (2.0, 2)])
def test_round_is_a_number_however_it_is_written__and_is_echoed_as_it_was(given: object, expected: int) -> None:
    task = sent(round=given)
    assert task.round == expected
    assert task.echo["round"] == given
    assert type(task.echo["round"]) is type(given)


@pytest.mark.parametrize("given", [0, -1, "one", 1.5, True, None, [1], 1001, float("inf")])
def test_round_that_is_no_round_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        sent(round=given)


def test_numbers_where_text_belongs_become_text__and_are_echoed_as_they_were() -> None:
    task = sent(nonce=17, task=3)
    assert (task.nonce, task.task) == ("17", "3")
    assert (task.echo["nonce"], task.echo["task"]) == (17, 3)


def test_unknown_fields_are_ignored__even_one_named_echo() -> None:
    task = sent(signature="x", endpoint="y", echo={"nonce": "forged"})
    assert task.echo == {"email": "student@example.com", "task": "captcha-solver-1", "round": 1, "nonce": "nonce-1"}


@pytest.mark.parametrize(
    ("url", "content"),
    [
        ("data:text/plain;base64,aGVsbG8=", b"hello"),
        ("data:@file/zip;base64,aGVsbG8=", b"hello"),
        ("data:;base64,aGVsbG8=", b"hello"),
        ("DATA:text/plain;BASE64,aGVsbG8=", b"hello"),
        ("data:text/csv;charset=utf-8;base64,aGVsbG8", b"hello"),
        ("data:text/plain;base64,aGVs\n bG8=", b"hello"),
        ("data:text/plain;base64,aGVsbG8%3D", b"hello"),
        ("data:a/b;base64,-_-_", b"\xfb\xff\xbf"),
        ("data:a/b;base64,+/+/", b"\xfb\xff\xbf"),
        ("data:text/plain,a%20b,c", b"a b,c"),
        ("data:,", b""),
        ("data:image/png;base64,", b""),
        ("  data:,x", b"x"),
    ],
)
def test_a_data_uri_is_decoded_by_its_payload(url: str, content: bytes) -> None:
    assert Attachment(name="a.bin", url=url).inline_bytes() == content


@pytest.mark.parametrize("url", ["data:text/plain;base64", "data:;base64,a", "data:;base64,!!!!", "data:;base64,aä=="])
def test_a_data_uri_without_readable_bytes_is_taken_and_says_why(url: str) -> None:
    broken = Attachment(name="a", url=url)
    assert broken.problem
    with pytest.raises(UndecodableAttachment, match=broken.problem):
        broken.inline_bytes()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/a", "javascript:1", "https://", "a.csv", ""])
def test_another_kind_of_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Attachment(name="a", url=url)


def test_an_http_address_is_kept_and_not_inline() -> None:
    assert not Attachment(name="a.csv", url="http://localhost:1/a.csv").is_inline


@pytest.mark.parametrize(
    ("given", "name"), [("data.csv", "data.csv"), ("./a/b.csv", "a/b.csv"), (" a b.txt ", "a b.txt")]
)
def test_a_name_is_a_clean_path(given: str, name: str) -> None:
    assert Attachment(name=given, url="data:,x").name == name


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "/a",
        "a/../b",
        "a//b",
        "a\\b",
        ".git/config",
        ".GitHub/x",
        ".pagewright/x",
        "a\n",
        "a\x00b",
        "/",
        "ä" * 101,
    ],
)
def test_a_name_that_leaves_its_place_is_refused(name: str) -> None:
    if name == "a\n":
        assert Attachment(name=name, url="data:,x").name == "a"
        return
    with pytest.raises(ValidationError):
        Attachment(name=name, url="data:,x")


def test_one_attachment_needs_no_list_and_no_name() -> None:
    (single,) = sent(attachments={"name": "a.txt", "url": "data:,x"}).attachments
    assert single.name == "a.txt"
    (bare,) = sent(attachments="https://example.com/data/b%20c.csv?x=1").attachments
    assert bare.name == "b c.csv"
    (nameless,) = sent(attachments=[{"url": "data:text/csv,a"}]).attachments
    assert nameless.name == "attachment.csv"


def test_two_attachments_with_one_name_are_refused_unless_they_are_the_same() -> None:
    one, other = {"name": "a", "url": "data:,1"}, {"name": "a", "url": "data:,2"}
    assert len(sent(attachments=[one, one]).attachments) == 1
    with pytest.raises(ValidationError, match="two attachments are named a"):
        sent(attachments=[one, other])


@pytest.mark.parametrize(
    "url", ["https://user@example.com", "https://u:p@example.com", "mailto:a@b.c", "//example.com", "https://", "x"]
)
def test_a_callback_address_is_plain_http_or_https(url: str) -> None:
    with pytest.raises(ValidationError):
        sent(evaluation_url=url)


def test_private_values_stay_out_of_text_forms() -> None:
    text = repr(sent(attachments=[{"name": "a", "url": "data:,content"}]))
    assert not [private for private in ("nonce-1", "example.com/notify", "content") if private in text]


@pytest.mark.parametrize("given", [None, "", "leave out"])
def test_a_sender_must_say_who_it_is(given: str | None) -> None:
    body, missing = sent().model_dump(exclude={"echo"}), "email"
    body = {**body, missing: given} if given != "leave out" else {k: v for k, v in body.items() if k != missing}
    with pytest.raises(ValidationError) as refused:
        Task.from_sender(body)
    assert [entry["loc"] for entry in refused.value.errors()] == [(missing,)]


def test_a_task_of_our_own_making_needs_neither() -> None:
    own = Task(task="a-page", nonce="1", brief="A page.")
    assert (own.email, own.evaluation_url) == ("", "")


def test_a_sent_task_is_the_same_task_after_its_journey() -> None:
    task = sent(checks=["js: true"], attachments=[{"name": "a.txt", "url": "data:,hello"}])
    assert type(task) is Task
    assert Task.model_validate_json(task.model_dump_json()) == task
