-- Alerts that are not in their incident yet: people are told first.
CREATE TABLE unjoined (
  alert_id TEXT PRIMARY KEY REFERENCES alerts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
