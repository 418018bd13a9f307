-- what people call devices by: `role=minister`
CREATE TABLE device_labels (
    device BLOB NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (device, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX device_labels_by_value ON device_labels (name, value, device);

-- queries under a name, which are views of lists, too
CREATE TABLE device_groups (
    id TEXT PRIMARY KEY,
    title_en TEXT NOT NULL,
    title_ru TEXT NOT NULL,
    query TEXT NOT NULL,
    -- the order and the columns of the list, as addresses have them; the usual ones where they are empty
    sort TEXT NOT NULL,
    shown TEXT NOT NULL,
    -- of phones of this organisation and those below it; of all where there is none
    org TEXT REFERENCES orgs (id),
    created INTEGER NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- scans that are repeated
CREATE TABLE scan_schedules (
    id TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- of phones of this organisation and those below it, in whose time zone it is; of all, in UTC, where there is none
    org TEXT REFERENCES orgs (id),
    -- `day`, `weekday`, `week` or `month`; at which minute of the day; on which day of the week or the month
    rhythm TEXT NOT NULL,
    at_minute INTEGER NOT NULL,
    on_day INTEGER,
    -- no run after this
    until INTEGER,
    created INTEGER NOT NULL,
    -- who made it, by name, and as the account or the token that has to have the right at each run
    actor TEXT NOT NULL,
    account TEXT,
    token BLOB,
    paused INTEGER NOT NULL,
    -- when it was over, and why
    ended INTEGER,
    ended_why TEXT,
    -- nothing while it is paused and once it is over
    next_run INTEGER,
    last_run INTEGER,
    -- why the last run asked nobody, as the code of a problem; empty where it asked somebody
    trouble TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX scan_schedules_by_run ON scan_schedules (next_run);
ALTER TABLE scans ADD COLUMN schedule TEXT;
CREATE INDEX scans_by_schedule ON scans (schedule, created) WHERE schedule IS NOT NULL;
