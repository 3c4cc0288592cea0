"""The cached run list."""

import threading
import time
from typing import Any

import pytest

from receiver.cache import KEEP_S, RecentBuilds
from receiver.errors import GitHubRefused
from receiver.github_errors import AWAY
from receiver.models import Build


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_github_is_asked_once_in_a_few_seconds(make_build: Any) -> None:
    answers = [[make_build("1" * 20)], [make_build("2" * 20)]]
    clock = Clock()
    recent = RecentBuilds(lambda: answers.pop(0), clock)
    assert recent.newest_first() is recent.newest_first()
    clock.now += KEEP_S
    assert [build.build_id for build in recent.newest_first()] == ["2" * 20]
    assert recent.runs_of("1" * 20) == []


def test_a_refusal_is_kept_as_well() -> None:
    calls = []

    def refuse() -> list[Build]:
        calls.append(1)
        raise GitHubRefused(AWAY, retry_after_s=30)

    recent = RecentBuilds(refuse, Clock())
    for _ in range(3):
        with pytest.raises(GitHubRefused):
            recent.newest_first()
    assert len(calls) == 1


def test_what_is_kept_is_there_without_asking__until_it_is_out_of_date(make_build: Any) -> None:
    answers: list[Any] = [[make_build("1" * 20)], GitHubRefused(AWAY, retry_after_s=30)]

    def fetch() -> list[Build]:
        answer = answers.pop(0)
        if isinstance(answer, GitHubRefused):
            raise answer
        return list(answer)

    clock = Clock()
    recent = RecentBuilds(fetch, clock)
    assert recent.kept() is None
    assert recent.newest_first() == recent.kept() != []
    clock.now += KEEP_S
    assert recent.kept() is None
    with pytest.raises(GitHubRefused):
        recent.newest_first()
    assert recent.kept() == []


def test_many_who_ask_at_once_share_one_fetch(make_build: Any) -> None:
    calls = []

    def fetch() -> list[Build]:
        calls.append(1)
        time.sleep(0.05)
        return [make_build("1" * 20)]

    recent = RecentBuilds(fetch)
    found: list[list[Build]] = []
    threads = [threading.Thread(target=lambda: found.append(recent.newest_first())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(calls) == 1
