"""The database: private, brought up to date, changed completely or not at all."""

import sqlite3
import stat
from pathlib import Path

import pytest

from embedded.evaluator.errors import FolderIsWrong
from embedded.evaluator.schema import MIGRATIONS
from embedded.evaluator.store import Store


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
