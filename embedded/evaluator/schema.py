"""The tables of a class, as migrations: number N brings a database from version N to N + 1."""

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
