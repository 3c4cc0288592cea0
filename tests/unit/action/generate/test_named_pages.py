"""What addresses in a brief say is fetched within limits, and what could not be had is said."""

from dataclasses import dataclass, field

import pytest

from action.deadline import Deadline
from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttp, TooLarge
from action.generate.attachments import LARGEST_BODY, MOST_ADDRESSES, NamedPage, addresses_in, fetch_pages
from action.generate.prompt_parts import PromptParts

URL = "https://data.example/rates.json"


@dataclass
class FakeHttp(GuardedHttp):
    """Answers with what it was given."""

    answers: dict[str, Fetched | Exception] = field(default_factory=dict)
    asked: list[tuple[str, int, float]] = field(default_factory=list)

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        self.asked.append((url, limit_bytes, timeout_s))
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return answer


def says(body: bytes, status: int = 200) -> Fetched:
    return Fetched(status, {}, body, URL)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Use {URL}.", [URL]),
        (f"Use ({URL}), or [this]({URL}).", [URL]),
        (f'fetch("{URL}")', [URL]),
        ("See http://a.example/?q=1&r=2 and https://b.example/x, please.", ["http://a.example/?q=1&r=2", "https://b.example/x"]),
        ("Load https://cdn.jsdelivr.net/npm/marked and https://unpkg.com/x", []),
        ('<svg xmlns="http://www.w3.org/2000/svg">', []),
        ("https://api.github.com/users/{username}", []),
        ("https:// and https://[bad", []),
        ("nothing", []),
    ],
)  # fmt: skip
def test_addresses_are_found_but_not_those_of_libraries_and_patterns(text: str, found: list[str]) -> None:
    assert addresses_in([text]) == found


def test_private_addresses_are_not_fetched_and_there_are_not_too_many() -> None:
    assert addresses_in([URL, "https://evaluator.example/notify"], ["https://evaluator.example/notify"]) == [URL]
    many = " ".join(f"https://a.example/{number}" for number in range(20))
    assert len(addresses_in([many])) == MOST_ADDRESSES


def test_text_is_a_fact(deadline: Deadline) -> None:
    http = FakeHttp(answers={URL: says(b'{"EUR": 1.5}')})
    assert fetch_pages([URL], http, deadline) == [NamedPage(URL, '{"EUR": 1.5}')]
    assert http.asked == [(URL, LARGEST_BODY, 8.0)]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (says(b"gone", 404), "the server answered 404"),
        (says(b"\x89PNG\0"), "it is not text"),
        (AddressRefused("the address is not public"), "not public"),
        (TooLarge("it is too large"), "too large"),
        (FetchFailed("it did not answer"), "did not answer"),
    ],
)
def test_what_could_not_be_had_is_said(deadline: Deadline, answer: Fetched | Exception, problem: str) -> None:
    (page,) = fetch_pages([URL], FakeHttp(answers={URL: answer}), deadline)
    assert page.text == ""
    assert problem in page.problem
    said = PromptParts("f" * 16).named_pages([page])
    assert URL in said
    assert problem in said


def test_without_time_nothing_is_fetched(deadline: Deadline) -> None:
    http = FakeHttp(answers={URL: says(b"x")})
    assert fetch_pages([URL], http, deadline.for_step(leave=600))[0].problem == "there was no time left to fetch it"
    assert http.asked == []
