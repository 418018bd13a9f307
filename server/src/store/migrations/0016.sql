-- of a report whose text was taken away: what stood before it in its chain
ALTER TABLE reports ADD COLUMN previous BLOB;
-- when a device ended: it was sent away, replaced or refused; and when what was known of it was erased
ALTER TABLE devices ADD COLUMN ended INTEGER;
ALTER TABLE devices ADD COLUMN erased INTEGER;
UPDATE devices SET ended = COALESCE(last_contact, enrolled) WHERE status IN ('replaced', 'retired', 'refused');
CREATE INDEX devices_by_end ON devices (ended) WHERE ended IS NOT NULL AND erased IS NULL;
