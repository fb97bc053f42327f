-- How far each scheduled rule is. Instants are nanoseconds since 1970-01-01 UTC.
CREATE TABLE schedule (
  rule        TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  since       INTEGER NOT NULL,
  done        INTEGER NOT NULL,
  arrived     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which window and combination of dimensions met a rule's condition, and which alert tells of it.
CREATE TABLE firings (
  rule       TEXT NOT NULL,
  dimensions TEXT NOT NULL,
  ends_at    INTEGER NOT NULL,
  record_key TEXT NOT NULL,              -- of the alert
  withdrawn  INTEGER NOT NULL DEFAULT 0, -- late records showed that it did not
  times      INTEGER NOT NULL DEFAULT 0, -- withdrawn so often
  told_at    INTEGER,                    -- when people were told; null: not for this window
  PRIMARY KEY (rule, dimensions, ends_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX firings_told ON firings (rule, dimensions, told_at) WHERE told_at IS NOT NULL;
CREATE INDEX firings_ends ON firings (rule, ends_at);
