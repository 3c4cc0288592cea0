"""Live parity against a server that is sometimes late."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from action.deadline import Deadline
from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttp
from action.github.git import blob_id
from action.record import MARKER, Publication
from action.steps.verify import Verifier, differs, is_served

Reply = bytes | int | Exception


@dataclass
class FakeHttp(GuardedHttp):
    """Serves files; a list is used up one reply after another, its last one stays."""

    files: dict[str, list[Reply]]
    urls: list[str] = field(default_factory=list)

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        self.urls.append(url)
        path = unquote(urlsplit(url).path).removeprefix("/sum-of-sales-c0ffee/")
        replies = self.files.get(path, [404])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        body = b"<h1>error</h1>" if isinstance(reply, int) else reply
        return Fetched(reply if isinstance(reply, int) else 200, {}, body, url)


def committed(**files: bytes) -> dict[str, str]:
    return {path: blob_id(body) for path, body in files.items()}


@pytest.fixture
def until(deadline: Deadline) -> Deadline:
    return deadline.for_step(at_most=90)


SHA = b"1" * 40
FILES = {"index.html": b"<h1>x</h1>", "data/a b.csv": bytes(range(256))}


def test_the_same_bytes(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [SHA], **{path: [body] for path, body in FILES.items()}})
    parity = Verifier(http, until, clock.sleep).verify(publication, committed(**FILES))
    assert parity.is_complete
    assert (parity.compared, parity.identical) == (2, 2)
    assert clock.slept == []


def test_dotfiles_are_not_expected(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [SHA], "index.html": [b"x"]})
    files = committed(**{"index.html": b"x", ".github/workflows/pages.yml": b"y", "a/.hidden": b"z"})
    assert Verifier(http, until, clock.sleep).verify(publication, files).compared == 1
    assert not is_served(".nojekyll")


def test_every_request_goes_past_the_caches(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [404, SHA + b"\n"], "index.html": [b"x"]})
    Verifier(http, until, clock.sleep).verify(publication, committed(**{"index.html": b"x"}))
    assert len(set(http.urls)) == len(http.urls)
    assert all("?pagewright=" in url for url in http.urls)


def test_404_403_429_and_a_stale_page_pass_after_a_while(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [404, b"0" * 40, SHA], "index.html": [403, 429, FetchFailed("late"), b"old", b"new"]})
    parity = Verifier(http, until, clock.sleep).verify(publication, committed(**{"index.html": b"new"}))
    assert parity.is_complete
    assert clock.slept == [0.5, 1, 2, 3, 5, 5]


def test_another_commit_of_this_build_is_what_is_served__and_is_the_one_that_is_told(
    publication: Publication, until: Deadline, clock: Any
) -> None:
    publication.commit_sha = "3" * 40
    http = FakeHttp({MARKER: [b"0" * 40, b"2" * 40], "index.html": [b"x"]})
    tries = ["1" * 40, "2" * 40, "3" * 40]
    parity = Verifier(http, until, clock.sleep).verify(publication, committed(**{"index.html": b"x"}), tries)
    assert (parity.is_complete, publication.commit_sha) == (True, "2" * 40)


def test_a_commit_of_another_build_is_not_ours(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [b"4" * 40], "index.html": [b"x"]})
    parity = Verifier(http, until, clock.sleep).verify(
        publication, committed(**{"index.html": b"x"}), ["1" * 40, "2" * 40]
    )
    assert (parity.marker_is_current, publication.commit_sha) == (False, "1" * 40)


def test_while_the_marker_is_stale_nothing_else_is_asked_for(
    publication: Publication, until: Deadline, clock: Any
) -> None:
    http = FakeHttp({MARKER: [b"0" * 40], "index.html": [b"x"]})
    parity = Verifier(http, until, clock.sleep).verify(publication, committed(**{"index.html": b"x"}))
    assert not parity.marker_is_current
    assert not parity.is_complete
    assert all(MARKER in url for url in http.urls)
    assert sum(clock.slept) <= 90


def test_a_difference_that_stays_is_named(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [SHA], "index.html": [b"x"], "data.csv": [b"other"]})
    parity = Verifier(http, until, clock.sleep).verify(
        publication, committed(**{"index.html": b"x", "data.csv": b"committed"})
    )
    assert parity.different == {"data.csv": "serves other bytes than the commit has"}
    assert "data.csv" in str(differs(parity, publication))
    assert "1 of 2" in str(differs(parity, publication))


def test_a_refused_host_is_not_waited_for(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({MARKER: [AddressRefused("its host is not on the public internet")]})
    parity = Verifier(http, until, clock.sleep).verify(publication, committed(**{"index.html": b"x"}))
    assert not parity.is_complete
    assert clock.slept == []


def test_blob_id_is_gits() -> None:
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert blob_id(b"") == hashlib.sha1(b"blob 0\0", usedforsecurity=False).hexdigest()


def test_a_site_that_deploys_itself_may_leave_files_out__but_must_serve_its_page(
    publication: Publication, until: Deadline, clock: Any
) -> None:
    publication.deploying_workflow = ".github/workflows/own.yml"
    http = FakeHttp({"index.html": [404, b"x"], "a.css": [b"other"]})
    files = committed(**{"index.html": b"x", "tools/make.py": b"y", "a.css": b"z"})
    parity = Verifier(http, until, clock.sleep).verify(publication, files)
    assert (parity.compared, parity.identical, parity.not_published) == (2, 1, ["tools/make.py"])
    assert parity.different == {"a.css": "serves other bytes than the commit has"}
    assert parity.marker_is_current
    assert not any(MARKER in url for url in http.urls)
    assert sum(clock.slept) < 10
    gone = Verifier(FakeHttp({}), until, clock.sleep).verify(publication, files)
    assert list(gone.different) == ["index.html"]


def test_what_a_run_made_is_fetched__a_moment_late(publication: Publication, until: Deadline, clock: Any) -> None:
    http = FakeHttp({"made.json": [404, b"{}"], "lost.json": [404]})
    assert Verifier(http, until, clock.sleep).fetch(publication, {"made.json", "lost.json"}) == {"made.json": b"{}"}
    assert Verifier(http, until, clock.sleep).fetch(publication, ["made.json"]) == {"made.json": b"{}"}
