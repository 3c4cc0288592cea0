"""The database of a class: its folder, its tables as migrations, and how it is opened and changed."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluator.arguments import typed
from evaluator.deadlines import NEVER
from evaluator.errors import FolderIsWrong

# Times are seconds since the epoch in the tables, and ISO 8601 in UTC in the views that people read.
MIGRATIONS = (
    """
    CREATE TABLE students (
      id INTEGER PRIMARY KEY,
      email TEXT NOT NULL,
      template TEXT NOT NULL,      -- empty: the class's seed chooses one
      endpoint TEXT NOT NULL,
      secret TEXT NOT NULL,
      UNIQUE (email, template)
    );
    CREATE TABLE requests (        -- one round of one student
      id INTEGER PRIMARY KEY,
      student INTEGER NOT NULL REFERENCES students (id),
      round INTEGER NOT NULL,
      template TEXT NOT NULL,
      task TEXT NOT NULL,
      nonce TEXT NOT NULL UNIQUE,
      body TEXT NOT NULL,          -- JSON: brief, checks, attachments
      failures INTEGER NOT NULL DEFAULT 0,
      next_attempt_at REAL,        -- empty: nothing is to be sent any more
      sent_at REAL,                -- the last attempt
      accepted_at REAL,            -- the endpoint answered 200
      callback INTEGER REFERENCES callbacks (id),  -- the one that counts
      check_at REAL,               -- not checked before
      checked_at REAL,             -- the marks are complete
      UNIQUE (student, round)
    );
    CREATE TABLE attempts (
      id INTEGER PRIMARY KEY,
      request INTEGER NOT NULL REFERENCES requests (id),
      began_at REAL NOT NULL,
      seconds REAL,                -- empty: under way, or the program was stopped
      status INTEGER,              -- empty: no answer
      said TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX attempts_of_request ON attempts (request);
    CREATE TABLE callbacks (
      id INTEGER PRIMARY KEY,
      request INTEGER REFERENCES requests (id),    -- empty: its nonce is not one of ours
      received_at REAL NOT NULL,
      copies INTEGER NOT NULL DEFAULT 1,
      is_late INTEGER NOT NULL DEFAULT 0,
      reasons TEXT NOT NULL DEFAULT '',            -- why it was refused; empty: it was taken
      repo_url TEXT, commit_sha TEXT, pages_url TEXT,
      body TEXT NOT NULL
    );
    CREATE INDEX callbacks_of_request ON callbacks (request);
    CREATE TABLE marks (
      request INTEGER NOT NULL REFERENCES requests (id),
      number INTEGER NOT NULL,
      origin TEXT NOT NULL,        -- protocol, repository, rule, given, kept, model
      "check" TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pass', 'fail', 'unclear', 'not checked')),
      reason TEXT NOT NULL,
      evidence TEXT NOT NULL,
      marked_at REAL NOT NULL,
      PRIMARY KEY (request, number)
    );
    CREATE VIEW unsent AS          -- a callback proves that a request arrived, whatever was answered
      SELECT * FROM requests WHERE accepted_at IS NULL AND callback IS NULL;
    CREATE VIEW superseded AS      -- the page shows a later round by now
      SELECT r.id FROM requests r WHERE EXISTS (
        SELECT 1 FROM requests l WHERE l.student = r.student AND l.round > r.round AND l.callback IS NOT NULL);
    CREATE VIEW tasks AS
      SELECT s.email, r.task, r.round, r.nonce, r.template, s.endpoint, r.failures, r.body,
        strftime('%Y-%m-%dT%H:%M:%SZ', r.sent_at, 'unixepoch') AS sent_at,
        strftime('%Y-%m-%dT%H:%M:%SZ', r.accepted_at, 'unixepoch') AS accepted_at
      FROM requests r JOIN students s ON s.id = r.student;
    CREATE VIEW repos AS
      SELECT s.email, r.task, r.round, r.nonce, c.repo_url, c.commit_sha, c.pages_url, c.is_late,
        strftime('%Y-%m-%dT%H:%M:%SZ', c.received_at, 'unixepoch') AS received_at
      FROM requests r JOIN students s ON s.id = r.student JOIN callbacks c ON c.id = r.callback;
    CREATE VIEW results AS
      SELECT s.email, r.task, r.round, coalesce(c.commit_sha, '') AS commit_sha, m.number, m.origin, m."check", m.state,
        CASE m.state WHEN 'pass' THEN 1 WHEN 'fail' THEN 0 END AS score, m.reason, m.evidence,
        strftime('%Y-%m-%dT%H:%M:%SZ', m.marked_at, 'unixepoch') AS marked_at
      FROM marks m JOIN requests r ON r.id = m.request JOIN students s ON s.id = r.student
      LEFT JOIN callbacks c ON c.id = r.callback;
    """,
    """
    ALTER TABLE students ADD COLUMN deadline REAL;  -- empty: that of the class
    CREATE TABLE endpoint_checks (
      student INTEGER PRIMARY KEY REFERENCES students (id),
      endpoint TEXT NOT NULL,      -- another one by now: this says nothing about it
      checked_at REAL NOT NULL,
      state TEXT NOT NULL,         -- good, doubtful, unreachable
      said TEXT NOT NULL
    );
    DROP VIEW unsent;
    CREATE VIEW unsent AS          -- a callback proves that a request arrived, whatever was answered
      SELECT r.*, s.deadline FROM requests r JOIN students s ON s.id = r.student
      WHERE r.accepted_at IS NULL AND r.callback IS NULL;
    """,
)


class Folder:
    """Everything about one class. Other people of the machine cannot look into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = path / "evaluator.toml"  # what the instructor may change
        self.database = path / "evaluator.sqlite3"  # students, secrets, requests, callbacks, marks
        self.log = path / "evaluator.log"  # what went wrong while submissions were checked, with tracebacks
        self.report = path / "report.html"  # the class as a page, which has everybody's email in it
        self.clones = path / "clones"  # repositories while they are looked at

    def make(self) -> None:
        """Make the folder. Raises FolderIsWrong."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise FolderIsWrong(
                f"The folder {self.path} cannot be made ({error.strerror}). Perhaps it belongs to somebody else. "
                "Say another one."
            ) from None

    def must_exist(self) -> None:
        """Raise FolderIsWrong when `init` was never run here."""
        if not self.settings.is_file():
            raise FolderIsWrong(
                f"{self.path} has no evaluator.toml, so it is not the folder of a class. Its name is perhaps misspelt. "
                f"Make one with: {typed('init', self.path, 'students.csv')}"
            )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep others from sending and checking meanwhile; the lock ends with the process, even after kill -9.

        Raises FolderIsWrong.
        """
        lock = os.open(self.path / "working.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise FolderIsWrong(
                f"Another evaluator already works in {self.path}: two would send everything twice. "
                "Wait for it, or stop it. `status` and `export` work at any time."
            ) from None
        try:
            yield
        finally:
            os.close(lock)


SECONDS_FOR_A_LOCK = 30.0
Value = str | int | float | None


class Store:
    """One connection for all threads of a program; other programs may use the same file at the same time.

    The file holds the students' secrets, so only its owner may read it. SQLite gives its two companions the same mode.
    In queries `class_deadline()` is the `deadline` of whoever has none of their own.
    """

    def __init__(self, path: Path, deadline: float = NEVER) -> None:
        self._lock = threading.RLock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=SECONDS_FOR_A_LOCK, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            # not a function of ours: Ctrl-C in the middle of one would be told as a database that cannot be read
            self._connection.create_function("class_deadline", 0, float(deadline).__float__)
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
