-- which phone was offered which version of the agent, and when first: whether a version makes phones fall silent is seen by this
CREATE TABLE package_offers (
    device BLOB NOT NULL,
    version_code INTEGER NOT NULL,
    offered INTEGER NOT NULL,
    PRIMARY KEY (device, version_code)
) WITHOUT ROWID, STRICT;
-- offers before this say nothing: the version was halted since, and opened again by a person
ALTER TABLE agent_packages ADD COLUMN watched_since INTEGER NOT NULL DEFAULT 0;
