-- on which days, and within which hours, phones of an organisation and those below it are expected to be heard: silence is counted in these
CREATE TABLE calendars (
    org TEXT PRIMARY KEY REFERENCES orgs (id),
    body TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- that nobody is there to carry a phone: silence is not counted from then until then
CREATE TABLE away (
    device BLOB NOT NULL REFERENCES devices (id),
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    -- the phone of the register of whose carrier it was said
    asset BLOB,
    PRIMARY KEY (device, starts)
) WITHOUT ROWID, STRICT;
CREATE INDEX away_by_end ON away (ends);
-- the newest end of a device's notes: who was heard after it is judged without a look at them
ALTER TABLE devices ADD COLUMN away_until INTEGER;
