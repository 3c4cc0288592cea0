"""The store: documents by kind and key, from many threads, over restarts."""

import threading
from pathlib import Path

import pytest

from embedded.github.store import Store


def test_find__compares_fields_and_keeps_the_order(store: Store) -> None:
    for number, done in enumerate((True, False, True)):
        store.put("run", str(number), {"id": number, "done": done, "note": None})
    store.put("run", "0", {"id": 0, "done": True, "note": None, "new": 1})
    assert [run["id"] for run in store.find("run", done=True)] == [0, 2]
    assert len(store.find("run", note=None)) == 3
    assert store.find("run", id=1, done=True) == []


def test_change__loses_nothing_when_many_threads_count(store: Store) -> None:
    store.put("counter", "c", {"n": 0})

    def count() -> None:
        for _ in range(50):
            with store.change("counter", "c") as document:
                document["n"] += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("counter", "c") == {"n": 200}


def test_change__saves_nothing_when_it_fails(store: Store) -> None:
    store.put("run", "1", {"n": 1})
    with pytest.raises(ZeroDivisionError):
        fail_while_changing(store)
    assert store.get("run", "1") == {"n": 1}


def fail_while_changing(store: Store) -> None:
    with store.change("run", "1") as document:
        document["n"] = 2
        document["n"] = 1 // 0


def test_change__of_what_is_missing_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError), store.change("run", "1"):
        pass


def test_restart__finds_documents_and_never_gives_an_id_twice(tmp_path: Path) -> None:
    first = Store(tmp_path)
    first.put("user", "a", {"login": "a"})
    assert [first.next_id("run"), first.next_id("run"), first.next_id("job")] == [1, 2, 1]
    first.close()
    second = Store(tmp_path)
    assert second.get("user", "a") == {"login": "a"}
    assert second.next_id("run") == 3
    second.close()
