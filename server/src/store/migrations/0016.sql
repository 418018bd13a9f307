-- of a report whose text was taken away: what stood before it in its chain
ALTER TABLE reports ADD COLUMN previous BLOB;
-- when a device ended: it was sent away, replaced or refused; and when what was known of it was erased
ALTER TABLE devices ADD COLUMN ended INTEGER;
ALTER TABLE devices ADD COLUMN erased INTEGER;
CREATE INDEX devices_by_end ON devices (ended) WHERE ended IS NOT NULL AND erased IS NULL;
CREATE INDEX edges_by_rule ON edges (rule, written);
CREATE INDEX edges_by_time ON edges (device, written);
