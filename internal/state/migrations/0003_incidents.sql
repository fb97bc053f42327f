-- An incident is the alerts of one account and session; body is the incident as JSON.
CREATE TABLE incidents (
  id             TEXT PRIMARY KEY,
  state          TEXT NOT NULL,
  severity       INTEGER NOT NULL,
  object_id      TEXT NOT NULL,
  principal_name TEXT NOT NULL,
  opened_at      INTEGER NOT NULL,
  last_at        INTEGER NOT NULL,
  body           BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_last ON incidents (last_at, id);

CREATE TABLE incident_alerts (
  incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  alert_id    TEXT NOT NULL UNIQUE REFERENCES alerts (id) ON DELETE CASCADE,
  PRIMARY KEY (incident_id, alert_id)
) STRICT, WITHOUT ROWID;

-- What alerts of an incident share: correlation id, session, account.
CREATE TABLE incident_keys (
  key         TEXT NOT NULL,
  incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  first_at    INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  PRIMARY KEY (key, incident_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident_transitions (
  incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  step        INTEGER NOT NULL, -- from 1
  at          INTEGER NOT NULL,
  event       TEXT NOT NULL,
  from_state  TEXT NOT NULL,
  to_state    TEXT NOT NULL,
  actor       TEXT NOT NULL,
  comment     TEXT NOT NULL,
  PRIMARY KEY (incident_id, step)
) STRICT, WITHOUT ROWID;

-- Announced uses of guarded accounts; body is the drill as JSON.
CREATE TABLE drills (
  id       TEXT PRIMARY KEY,
  account  TEXT NOT NULL, -- lower case
  until_at INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX drills_account ON drills (account, until_at);
