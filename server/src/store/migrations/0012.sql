-- the register: which phones an organisation has, whether they report or not. What is compared of a tag or a serial number (`_key`) has no
-- space around it and small letters. Days are days since 1970; a cost is in the smallest unit of its currency
CREATE TABLE assets (
    id BLOB PRIMARY KEY,
    org TEXT NOT NULL REFERENCES orgs (id),
    tag TEXT,
    tag_key TEXT,
    serial TEXT,
    serial_key TEXT,
    carrier TEXT,
    maker TEXT,
    model TEXT,
    platform TEXT,
    life TEXT NOT NULL,
    life_since INTEGER NOT NULL,
    -- the enrolled device that it is
    device BLOB,
    replace_by INTEGER,
    budget TEXT,
    cost INTEGER,
    currency TEXT,
    -- the asset that takes its place
    replaced_by BLOB,
    note TEXT,
    -- the newest judgement of a phone that can have no agent, by its maker: findings as JSON, so that their times go on
    verdict TEXT,
    verdict_since INTEGER,
    verdict_due INTEGER,
    findings TEXT,
    next_judgement INTEGER,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX assets_by_tag ON assets (tag_key);
CREATE UNIQUE INDEX assets_by_serial ON assets (serial_key);
CREATE UNIQUE INDEX assets_by_device ON assets (device);
CREATE INDEX assets_by_org ON assets (org, life);
CREATE INDEX assets_by_org_and_id ON assets (org, id);
CREATE INDEX assets_by_successor ON assets (replaced_by);
CREATE INDEX assets_by_judgement ON assets (next_judgement);

-- what became of an asset: its life, who carries it, whose it is, which device it is
CREATE TABLE asset_events (
    id INTEGER PRIMARY KEY,
    asset BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    -- `life`, `carrier`, `org` or `device`
    part TEXT NOT NULL,
    was TEXT,
    becomes TEXT
) STRICT;
CREATE INDEX asset_events_by_asset ON asset_events (asset, id);

-- which device has this tag, as tags are compared
ALTER TABLE devices ADD COLUMN tag_key TEXT;
-- only sqlite
CREATE INDEX assets_by_place ON assets ((COALESCE(tag_key, '')), id);
UPDATE devices SET tag_key = NULLIF(LOWER(TRIM(asset_tag)), '');
-- only postgres
CREATE INDEX assets_by_place ON assets ((COALESCE(tag_key, '')) COLLATE "C", id);
UPDATE devices SET tag_key = NULLIF(LOWER(TRIM(asset_tag) COLLATE "und-x-icu"), '');
-- all
CREATE INDEX devices_by_tag_key ON devices (tag_key);
