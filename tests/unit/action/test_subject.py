"""What a build is about, for everybody's eyes."""

from action.subject import subject_of
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
