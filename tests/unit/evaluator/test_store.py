"""The database: private, brought up to date, changed completely or not at all."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from evaluator.db import MIGRATIONS, Store
from evaluator.errors import FolderIsWrong
from evaluator.export import export
from evaluator.outcomes import Outcomes
from evaluator.progress import count
from evaluator.queue import Outbox
from evaluator.settings import Weights
from tests.unit.evaluator.doubles import Clock


def insert(store: Store, email: str) -> None:
    with store.change() as connection:
        connection.execute("INSERT INTO students (email, template, endpoint, secret) VALUES (?, '', '', '')", (email,))


def test_only_the_owner_can_read_it__its_companions_included(tmp_path: Path) -> None:
    store = Store(tmp_path / "class.sqlite3")
    insert(store, "ann")
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert files == dict.fromkeys(("class.sqlite3", "class.sqlite3-wal", "class.sqlite3-shm"), 0o600)
    store.close()


def test_it_is_found_again__at_the_newest_version(tmp_path: Path) -> None:
    first = Store(tmp_path / "class.sqlite3")
    insert(first, "ann")
    first.close()
    again = Store(tmp_path / "class.sqlite3")
    assert [row["email"] for row in again.rows("SELECT email FROM students")] == ["ann"]
    assert again.number("PRAGMA user_version") == len(MIGRATIONS)
    again.close()


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "class.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(FolderIsWrong, match="version 99"):
        Store(path)


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "class.sqlite3"
    path.write_text("not a database" * 100)
    with pytest.raises(FolderIsWrong, match="cannot be opened"):
        Store(path)


def insert_and_stumble(store: Store) -> None:
    with store.change() as connection:
        connection.execute("INSERT INTO students (email, template, endpoint, secret) VALUES ('ann', '', '', '')")
        connection.execute("SELECT ?", (1 / 0,))


def test_a_change_that_is_interrupted_never_was(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        insert_and_stumble(store)
    assert store.rows("SELECT * FROM students") == []
    insert(store, "bob")
    assert store.number("SELECT count(*) FROM students") == 1


def test_two_programs_see_each_other_s_changes(tmp_path: Path) -> None:
    first, second = Store(tmp_path / "class.sqlite3"), Store(tmp_path / "class.sqlite3")
    insert(first, "ann")
    assert second.number("SELECT count(*) FROM students") == 1
    first.close()
    second.close()


def test_a_class_of_an_older_program_is_brought_up_to_date__with_all_that_is_in_it(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "evaluator.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(MIGRATIONS[0])
        old.executescript(
            """
            PRAGMA user_version = 1;
            INSERT INTO students VALUES (1, 'ann@x.example', '', 'https://ann.example', 'ann-secret'),
              (2, 'bob@x.example', '', 'https://bob.example', 'bob-secret');
            INSERT INTO callbacks VALUES (1, NULL, 1, 1, 0, '', 'https://github.com/a/b', 'c0ffee', 'https://a.b', '');
            INSERT INTO requests VALUES (1, 1, 1, 'birds', 'birds-1', 'n1', '{}', 0, NULL, 1, 2, 1, 3, 4),
              (2, 2, 1, 'birds', 'birds-2', 'n2', '{}', 1, NULL, 1, NULL, NULL, NULL, 4);
            INSERT INTO attempts VALUES (1, 2, 1, 1, 401, '401 Unauthorized');
            INSERT INTO marks VALUES (1, 1, 'given', 'a', 'pass', '', '', 4), (1, 2, 'given', 'b', 'fail', 'no', '', 4),
              (2, 1, 'protocol', 'The endpoint answered 200', 'fail', 'no attempt was answered with 200', '', 4);
            """
        )
    store = Store(path)
    ann, bob = Outcomes(store, Weights(), clock).read()
    assert (ann.reason, ann.score.total) == ("given 1 of 2; fails: b", 0.5)
    assert bob.reason == "the endpoint answered 401 Unauthorized (1 attempt; no more are made)"
    assert bob.score.total is None
    assert export([ann, bob], store, tmp_path / "out")[0].name == "summary.csv"
    assert count(store).rounds[0]["decided"] == 2, "the marks that older programs gave to who handed in nothing"
    assert Outbox(store, [60], clock).retry_now() == 1
    store.close()
