-- what the management system says is installed on a device: applications that are watched for, and no others
CREATE TABLE told (
    device BLOB NOT NULL,
    messenger TEXT NOT NULL,
    package TEXT NOT NULL,
    version TEXT,
    matched TEXT NOT NULL,
    -- by its own word; and when and by whom that was brought here
    seen_at INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (device, messenger, package)
) WITHOUT ROWID, STRICT;
-- how many of them a device has: whoever judges looks only where there are some
ALTER TABLE devices ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
