"""When a page is there: it answers 200 and shows the committed index.html, past every cache."""

import pytest

from action.gates.http import AddressRefused, Fetched
from evaluator.page import Pages, root_of, site_path_of

URL = "https://ann.pages.example/birds/"


class Web:
    """Serves a few files."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def get(self, url: str, *, limit_bytes: int, timeout_s: float) -> Fetched:
        self.asked.append(url)
        if not url.startswith("https://"):
            raise AddressRefused("only https")
        body = self.files.get(url.partition("?")[0])
        return Fetched(404 if body is None else 200, {}, body or b"", url)


def test_a_page_is_there_when_it_shows_the_commit() -> None:
    web = Web({URL: b"new"})
    assert Pages(web).problem(URL, b"new") == ""
    assert Pages(web).problem(URL, None) == ""
    assert "not the index.html" in Pages(web).problem(URL, b"newer")
    assert "answers 404" in Pages(web).problem("https://ann.pages.example/other/", b"new")
    assert "cannot be fetched" in Pages(web).problem("http://localhost/", b"new")


def test_no_cache_can_answer() -> None:
    web = Web({URL: b"new"})
    Pages(web).problem(URL, None)
    Pages(web).problem(URL, None)
    assert len(set(web.asked)) == 2


def test_files_of_the_page_are_fetched_by_their_names() -> None:
    web = Web({f"{URL}a%20b.json": b"{}"})
    assert Pages(web).fetch(URL, "a b.json") == b"{}"
    assert Pages(web).fetch(URL, "none.json") is None
    assert Pages(web).fetch("http://localhost/", "a b.json") is None


@pytest.mark.parametrize("url", [URL, URL[:-1], f"{URL}index.html", f"{URL}?v=1", f"{URL}index.html?v=1#top"])
def test_the_root_of_a_site_is_found_however_it_is_written(url: str) -> None:
    assert root_of(url) == URL
    assert site_path_of(url) == "/birds/"


def test_a_site_at_the_root_of_its_host() -> None:
    assert site_path_of("https://ann.example") == "/"
