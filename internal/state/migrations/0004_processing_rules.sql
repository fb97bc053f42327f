-- Processing rules, those that are over too; body is the rule as JSON.
CREATE TABLE processing_rules (
  id       TEXT PRIMARY KEY,
  until_at INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
