CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Times are nanoseconds since 1970-01-01 UTC. Tables are clustered by alert, so that one alert touches few pages: a
-- notification waits for them to be written.
CREATE TABLE alerts (
  id              TEXT PRIMARY KEY,
  rule            TEXT NOT NULL,
  record_key      TEXT NOT NULL,
  record_hash     TEXT NOT NULL,
  revision        INTEGER NOT NULL,
  state           TEXT NOT NULL,
  severity        INTEGER NOT NULL,
  rank            INTEGER NOT NULL,           -- smallest outcome rank of all revisions
  object_id       TEXT NOT NULL,
  principal_name  TEXT NOT NULL,
  fired_at        INTEGER NOT NULL,
  delivered_at    INTEGER,
  acknowledged_at INTEGER,
  acknowledged_by TEXT NOT NULL DEFAULT '',
  comment         TEXT NOT NULL DEFAULT '',
  UNIQUE (rule, record_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_fired ON alerts (fired_at, id);

-- What the alert said after each revision of its record; body is the alert as JSON.
CREATE TABLE revisions (
  alert_id    TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  revision    INTEGER NOT NULL,
  record_hash TEXT NOT NULL,
  body        BLOB NOT NULL,
  PRIMARY KEY (alert_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE transitions (
  alert_id   TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  step       INTEGER NOT NULL, -- from 1
  at         INTEGER NOT NULL,
  event      TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  actor      TEXT NOT NULL,
  comment    TEXT NOT NULL,
  PRIMARY KEY (alert_id, step)
) STRICT, WITHOUT ROWID;

-- The outbox. id is the idempotency key.
CREATE TABLE notifications (
  alert_id     TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  id           TEXT NOT NULL,
  revision     INTEGER NOT NULL,
  place        INTEGER NOT NULL, -- order within the revision
  group_name   TEXT NOT NULL,
  receiver     TEXT NOT NULL,
  channel      TEXT NOT NULL,
  recipient    TEXT NOT NULL,
  severity     INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'expired')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  next_at      INTEGER NOT NULL,
  delivered_at INTEGER,
  last_error   TEXT NOT NULL DEFAULT '',
  reference    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (alert_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX notifications_pending ON notifications (severity, created_at) WHERE state = 'pending';

-- The delivery log.
CREATE TABLE attempts (
  alert_id        TEXT NOT NULL,
  notification_id TEXT NOT NULL,
  number          INTEGER NOT NULL, -- from 1
  at              INTEGER NOT NULL,
  took            INTEGER NOT NULL, -- nanoseconds
  outcome         TEXT NOT NULL,    -- delivered, temporary, throttled, permanent, denied
  error           TEXT NOT NULL,
  reference       TEXT NOT NULL,
  PRIMARY KEY (alert_id, notification_id, number),
  FOREIGN KEY (alert_id, notification_id) REFERENCES notifications (alert_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
