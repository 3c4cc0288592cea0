"""The memory of the embedded GitHub: JSON documents in SQLite under the data directory, for many threads."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

TABLES = """
create table if not exists document (
    number integer primary key autoincrement, kind text, key text, body text, unique (kind, key)
);
create index if not exists run_of_document on document (kind, json_extract(body, '$.run_id'));
create index if not exists repo_of_document on document (kind, json_extract(body, '$.repo'));
create table if not exists counter (kind text primary key, last integer);
"""


class Store:
    """Documents by kind and key. `data` also holds the repositories, logs and pages that belong to them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(data / "github.sqlite", check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = normal")
        self._database.executescript(TABLES)

    def close(self) -> None:
        """Close the database; the store cannot be used afterwards."""
        with self._lock:
            self._database.close()

    def put(self, kind: str, key: str, document: Document) -> None:
        """Save `document`, replacing what had this key; a replaced document keeps its place in `find`."""
        statement = (
            "insert into document (kind, key, body) values (?, ?, ?)"
            " on conflict (kind, key) do update set body = excluded.body"
        )
        with self._lock:
            self._database.execute(statement, (kind, key, json.dumps(document)))

    def get(self, kind: str, key: str) -> Document | None:
        """Return a copy of one document, or None."""
        with self._lock:
            row = self._database.execute("select body from document where kind = ? and key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def find(self, kind: str, **equal: str | int | bool | None) -> list[Document]:
        """Return the documents whose top-level fields have these values, oldest first."""
        clauses = "".join(f" and json_extract(body, '$.{name}') is ?" for name in equal)
        statement = f"select body from document where kind = ?{clauses} order by number"  # noqa: S608 - names are ours
        with self._lock:
            rows = self._database.execute(statement, (kind, *equal.values())).fetchall()
        return [json.loads(row[0]) for row in rows]

    def delete(self, kind: str, key: str) -> None:
        """Forget one document, if it is there."""
        with self._lock:
            self._database.execute("delete from document where kind = ? and key = ?", (kind, key))

    def next_id(self, kind: str) -> int:
        """Return 1, 2, 3 ... for each kind; a number is never given twice, not even after a restart."""
        statement = (
            "insert into counter (kind, last) values (?, 1)"
            " on conflict (kind) do update set last = last + 1 returning last"
        )
        with self._lock:
            (number,) = self._database.execute(statement, (kind,)).fetchall()[0]
        return int(number)

    @contextmanager
    def change(self, kind: str, key: str) -> Iterator[Document]:
        """Yield the document while nobody else can change it, then save it. Raises KeyError when it is missing."""
        with self._lock:
            document = self.get(kind, key)
            if document is None:
                raise KeyError(f"{kind} {key}")
            yield document
            self.put(kind, key, document)
