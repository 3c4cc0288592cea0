"""What a build is about, for everybody's eyes."""

from action.gates.private_values import WITHHELD
from action.job.request import brief_of, checks_of, subject_of
from tests.unit.action.conftest import make_request

SECRET = "a secret that two sides share"


def test_subject__says_what_the_public_repository_says() -> None:
    subject = subject_of(make_request(), SECRET, "owner/runner")
    assert (subject.task, subject.title) == ("sum-of-sales", "Add the numbers of data.csv.")


def test_recipient__is_the_same_for_the_same_address_and_tells_nothing() -> None:
    one, other = (
        subject_of(make_request(email=email), SECRET, "owner/runner") for email in ("a@b.example", "c@d.example")
    )
    again = subject_of(make_request(email=" A@B.example", task="another"), SECRET, "Owner/Runner")
    assert one.recipient == again.recipient != other.recipient
    assert len(one.recipient) == 12
    assert int(one.recipient, 16) >= 0
    assert subject_of(make_request(email="a@b.example"), "another secret", "owner/runner").recipient != one.recipient


def test_title__never_holds_the_shared_secret() -> None:
    subject = subject_of(make_request(brief=f"Show {SECRET} on a page"), SECRET, "owner/runner")
    assert (subject.task, subject.title) == ("sum-of-sales", "sum-of-sales")


def test_brief_and_checks__are_kept_in_full_and_nobodys_address_is_collected() -> None:
    brief = "A card for student@example.org and for other@example.org.\n" + "It has many words. " * 2_000
    checks = ["js: document.title === 'nonce-4711-abcd'", {"js": "1 > 0"}, "", {"min": 3}]
    request = make_request(brief=brief, checks=checks)
    assert brief_of(request, SECRET) == brief.replace("student@example.org", "***").replace("other@example.org", "***")
    assert checks_of(request, SECRET) == ["js: document.title === '***'", "js: 1 > 0", "", '{"min": 3}']


def test_brief_and_checks__with_a_key_in_them_are_withheld_each_by_itself() -> None:
    key = "ghp_" + "a1B2c3D4e5" * 4
    request = make_request(brief=f"Use {key} to read my data.", checks=["The page loads", f"js: fetch('/?{key}')"])
    assert brief_of(request, SECRET) == WITHHELD
    assert checks_of(request, SECRET) == ["The page loads", WITHHELD]
