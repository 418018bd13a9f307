-- Times are milliseconds since 1970 in UTC. Ids, digests and keys are bytes. Words of closed lists are text.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE orgs (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    parent TEXT REFERENCES orgs (id),
    time_zone TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- what a device shows once, to become one of an organisation's
CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    org TEXT NOT NULL REFERENCES orgs (id),
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL,
    approve TEXT NOT NULL,
    replaces BLOB,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- one row for each device: all that a list, a page or the next judgement needs to know now
CREATE TABLE devices (
    id BLOB PRIMARY KEY,
    org TEXT NOT NULL REFERENCES orgs (id),
    status TEXT NOT NULL,
    -- grows with each change of the row: whoever keeps a copy knows whether it is the newest
    revision INTEGER NOT NULL,
    token BLOB NOT NULL,
    code TEXT NOT NULL,
    enrolled INTEGER NOT NULL,
    replaces BLOB,
    platform TEXT NOT NULL,
    os_version TEXT,
    manufacturer TEXT,
    model TEXT,
    asset_tag TEXT,
    agent TEXT,
    protection TEXT NOT NULL,
    -- the chain of its reports; the newest of it is the one that is judged
    chain BLOB,
    number INTEGER NOT NULL,
    head BLOB,
    chain_since INTEGER,
    last_contact INTEGER,
    last_fresh INTEGER,
    evidence_at INTEGER,
    skew INTEGER,
    -- breaks of the chain that nobody has acknowledged, and orders that wait for it
    breaks INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    -- the number of the last message that was signed for it, and whether its verdict still has to be told to it
    sent INTEGER NOT NULL,
    untold INTEGER NOT NULL,
    -- digest of the catalogue that was last sent to it
    catalogue BLOB,
    -- the newest judgement
    verdict TEXT NOT NULL,
    verdict_rank INTEGER NOT NULL,
    verdict_since INTEGER NOT NULL,
    verdict_due INTEGER,
    judged INTEGER,
    next_judgement INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX devices_by_org ON devices (org);
CREATE INDEX devices_by_verdict ON devices (verdict_rank DESC, id);
CREATE INDEX devices_by_judgement ON devices (next_judgement);

-- the findings of the newest judgement, apart from the row that every report rewrites: they are long and seldom change
CREATE TABLE findings (
    device BLOB PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE device_keys (
    device BLOB NOT NULL,
    kid BLOB NOT NULL,
    public_key BLOB NOT NULL,
    protection TEXT NOT NULL,
    -- the chain and the number from which the key counts; none for the key of the enrolment
    chain BLOB,
    from_number INTEGER NOT NULL,
    added INTEGER NOT NULL,
    -- certificates that came with it, one after the other in DER
    certificates BLOB NOT NULL,
    PRIMARY KEY (device, public_key)
) WITHOUT ROWID, STRICT;
CREATE INDEX device_keys_by_kid ON device_keys (kid);

-- every report, byte for byte as it was signed
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    chain BLOB NOT NULL,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    received INTEGER NOT NULL,
    evidence_at INTEGER NOT NULL,
    -- the time of its nonce; none where it could not be verified
    fresh INTEGER,
    -- how far the phone's clock was off at least, in milliseconds
    skew INTEGER NOT NULL,
    occasion TEXT NOT NULL,
    standing TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
-- short, because each report changes a page of it somewhere: a device has few chains, and almost always one
CREATE INDEX reports_by_number ON reports (device, number);

CREATE TABLE edges (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    rule TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT,
    at INTEGER NOT NULL,
    written INTEGER NOT NULL
) STRICT;
CREATE INDEX edges_by_device ON edges (device, id);

CREATE TABLE breaks (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    kind TEXT NOT NULL,
    chain BLOB NOT NULL,
    number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    acknowledged INTEGER,
    acknowledged_by TEXT,
    reason TEXT
) STRICT;
CREATE INDEX breaks_by_device ON breaks (device, id);

CREATE TABLE orders (
    id BLOB PRIMARY KEY,
    device BLOB NOT NULL,
    kind TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    state TEXT NOT NULL,
    ended INTEGER,
    report INTEGER,
    message BLOB NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX orders_by_device ON orders (device, created);
CREATE INDEX orders_by_expiry ON orders (ended, expires);

CREATE TABLE order_states (
    id INTEGER PRIMARY KEY,
    order_id BLOB NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    code TEXT
) STRICT;
CREATE INDEX order_states_by_order ON order_states (order_id, id);

CREATE TABLE policies (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- what it leaves out and what stays in force all the same: JSON, part to the version that has it
    kept TEXT NOT NULL,
    applied INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID, STRICT;

-- the policy that the devices of an organisation get; none where nothing is assigned
CREATE TABLE compiled (
    org TEXT PRIMARY KEY REFERENCES orgs (id),
    digest BLOB NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    made INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE exemptions (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    device BLOB,
    org TEXT,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_used INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE sign_in_links (
    hash BLOB PRIMARY KEY,
    user_name TEXT NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER
) WITHOUT ROWID, STRICT;

CREATE TABLE api_tokens (
    hash BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER
) WITHOUT ROWID, STRICT;
