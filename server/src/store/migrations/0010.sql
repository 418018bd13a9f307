-- what the query language asks for, as columns: sortable forms of versions, the patch in days since 1970, watched applications that the
-- newest report found (ids with commas between), and the day since 1970 on which the device was last heard fresh; 0 until it is filled in
ALTER TABLE devices ADD COLUMN os_order TEXT;
ALTER TABLE devices ADD COLUMN agent_order TEXT;
ALTER TABLE devices ADD COLUMN security_patch INTEGER;
ALTER TABLE devices ADD COLUMN apps TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;

-- lists begin at a place in one of these, however deep it lies; none of them has a column that every report changes
DROP INDEX devices_by_verdict;
CREATE INDEX devices_by_verdict ON devices (status, verdict_rank DESC, id);
CREATE INDEX devices_by_org_and_verdict ON devices (org, status, verdict_rank DESC, id);
CREATE INDEX devices_by_verdict_and_due ON devices (status, verdict_rank DESC, (COALESCE(verdict_due, 9223372036854775807)), id);
CREATE INDEX devices_by_due ON devices (status, (COALESCE(verdict_due, 9223372036854775807)), id);
CREATE INDEX devices_by_model ON devices (status, (COALESCE(model, '')), id);
CREATE INDEX devices_by_tag ON devices (asset_tag);
CREATE INDEX devices_by_heard ON devices (status, heard);

-- findings that are not compliant, and watched applications that were found: which devices break this rule, have this application?
CREATE TABLE device_marks (
    device BLOB NOT NULL,
    -- `rule` or `app`
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- the finding's state; nothing for an application
    state TEXT NOT NULL,
    -- whether it is failing or in grace; 1 for an application
    broken INTEGER NOT NULL,
    -- as in the device's row, so that a list by rule is read in its order
    org TEXT NOT NULL,
    verdict_rank INTEGER NOT NULL,
    PRIMARY KEY (device, kind, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX device_marks_by_name ON device_marks (kind, name, broken, verdict_rank DESC, device);
CREATE INDEX device_marks_by_org ON device_marks (org, kind, name, broken, verdict_rank DESC, device);

-- many orders that were given at once
CREATE TABLE scans (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    kind TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- as it was asked for; nothing where devices were named
    query TEXT,
    devices INTEGER NOT NULL,
    -- devices that were never asked
    skipped INTEGER NOT NULL,
    cancelled INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX scans_by_time ON scans (created DESC, id);
-- whose turn has not come: each gets its order then, and leaves this
CREATE TABLE scan_todo (
    scan BLOB NOT NULL,
    device BLOB NOT NULL,
    starts INTEGER NOT NULL,
    PRIMARY KEY (scan, device)
) WITHOUT ROWID, STRICT;
CREATE INDEX scan_todo_by_start ON scan_todo (starts);
ALTER TABLE orders ADD COLUMN scan BLOB;
CREATE INDEX orders_by_scan ON orders (scan, state);
CREATE INDEX orders_by_time ON orders (created DESC, id);
