"""The SQLite file of a class: who may read it, how it is opened, brought up to date, and changed."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.evaluator.errors import FolderIsWrong
from embedded.evaluator.schema import MIGRATIONS

SECONDS_FOR_A_LOCK = 30.0
Value = str | int | float | None


class Store:
    """One connection for all threads of a program; other programs may use the same file at the same time.

    The file holds the students' secrets, so only its owner may read it. SQLite gives its two companions the same mode.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=SECONDS_FOR_A_LOCK, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
        except (OSError, sqlite3.Error) as error:
            raise FolderIsWrong(
                f"{path} cannot be opened ({error}). Perhaps it belongs to somebody else, or it is no database. "
                "Make it readable and writable for you, or choose another folder."
            ) from None
        self._migrate(path)

    def rows(self, query: str, *values: Value) -> list[sqlite3.Row]:
        """Return what a query finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def table(self, query: str) -> tuple[list[str], list[sqlite3.Row]]:
        """Return what a query finds, with the names of its columns."""
        with self._lock:
            cursor = self._connection.execute(query)
            return [column[0] for column in cursor.description], cursor.fetchall()

    def number(self, query: str, *values: Value) -> int:
        """Return the one number that a query finds."""
        return int(self.rows(query, *values)[0][0])

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Do everything in the block or, whatever interrupts it, nothing. Afterwards it survives a power cut."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._connection.close()

    def _migrate(self, path: Path) -> None:
        with self.change() as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > len(MIGRATIONS):
                raise FolderIsWrong(
                    f"{path} has version {version}, and this program knows up to {len(MIGRATIONS)}. A newer Pagewright "
                    "made it. Use that one, or choose another folder."
                )
            for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script. `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
