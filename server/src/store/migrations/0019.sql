-- the page that a phone's carrier sees: a link that was used, and the session that began with it. The row stays until both have ended, so
-- that no link works twice
CREATE TABLE page_sessions (
    -- digest of the signed link
    link BLOB PRIMARY KEY,
    -- digest of the session's secret; none where the carrier has left
    hash BLOB UNIQUE,
    device BLOB NOT NULL REFERENCES devices (id),
    ends INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX page_sessions_by_device ON page_sessions (device);
CREATE INDEX page_sessions_by_end ON page_sessions (ends);

-- what carriers say is wrong, and what they were answered
CREATE TABLE disputes (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL REFERENCES devices (id),
    rule TEXT NOT NULL,
    -- how the finding stood when it was said
    finding TEXT NOT NULL,
    said TEXT NOT NULL,
    opened INTEGER NOT NULL,
    -- `open`, `answered`, `closed`
    state TEXT NOT NULL,
    answer TEXT,
    answered INTEGER,
    answered_by TEXT
) STRICT;
CREATE INDEX disputes_by_device ON disputes (device, id);
CREATE INDEX disputes_by_state ON disputes (state, id);
