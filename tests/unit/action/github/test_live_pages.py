"""Whether a page is still served: one bad answer is not enough, and no answer says nothing."""

import pytest

from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttp, TooLarge
from action.github.live_pages import LivePages

PAGE = "https://owner.pages.example/page/"


class FakeHttp(GuardedHttp):
    def __init__(self, *answers: int | Exception, body: bytes = b"1" * 40 + b"\n") -> None:
        self.answers, self.asked, self.body = list(answers), list[str](), body

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        self.asked.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Fetched(answer, {}, self.body, url)


@pytest.mark.parametrize(
    ("answers", "expected", "pauses"),
    [
        ([200], False, 0),
        ([404, 404], True, 1),
        ([503, 200], False, 1),
        ([404, 500], True, 1),
        ([403], False, 0),
        ([FetchFailed("x")], False, 0),
        ([AddressRefused("x")], False, 0),
        ([TooLarge("x")], False, 0),
        ([404, FetchFailed("x")], False, 1),
    ],
)
def test_wrong_with__is_gone(answers: list[int | Exception], expected: bool, pauses: int) -> None:
    slept: list[float] = []
    http = FakeHttp(*answers)
    assert LivePages(http, slept.append).wrong_with(PAGE) == ("is gone" if expected else "")
    assert len(slept) == pauses
    assert len({url.partition("?")[2] for url in http.asked}) == len(http.asked)  # past every cache


@pytest.mark.parametrize(
    ("answer", "expected"), [(200, "1" * 40), (404, ""), (FetchFailed("x"), ""), (TooLarge("x"), "")]
)
def test_the_commit_that_a_page_names(answer: int | Exception, expected: str) -> None:
    http = FakeHttp(answer)
    assert LivePages(http).commit(PAGE) == expected
    assert http.asked[0].startswith(f"{PAGE}pagewright-commit.txt?pagewright=")


@pytest.mark.parametrize(
    ("shown", "said"),
    [(b"1" * 40 + b"\n", ""), (b"2" * 40 + b"\n", "shows commit 2222222222 instead of 1111111111"), (b"", "")],
)
def test_wrong_with__shows_another_commit(shown: bytes, said: str) -> None:
    http = FakeHttp(*[200] * 4, body=shown)
    assert LivePages(http, lambda _: None).wrong_with(PAGE, "1" * 40) == said
