-- addresses that are told over HTTP when a finding changes
CREATE TABLE hooks (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    -- edges of this organisation and those below it; of all where there is none
    org TEXT REFERENCES orgs (id),
    -- edges of this rule; of every rule where there is none
    rule TEXT,
    -- edges to one of these states, with commas between; to any where there is none
    states TEXT NOT NULL,
    paused INTEGER NOT NULL,
    -- with it is signed what is sent; sealed under a key of the server's that is not in here. The one before it, until when it signs too
    secret BLOB NOT NULL,
    old_secret BLOB,
    old_until INTEGER,
    created INTEGER NOT NULL,
    actor TEXT NOT NULL,
    -- the last edge that was taken up: each until there was delivered, was not asked for, or stands in `deliveries`
    taken INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- edges that a hook's receiver did not take: tried again until they are dead
CREATE TABLE deliveries (
    hook TEXT NOT NULL,
    edge INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- since when it has failed, and when it is tried again; nothing once it is dead
    failing INTEGER NOT NULL,
    next_try INTEGER,
    -- what came back last: an HTTP status, or why there was none
    status INTEGER,
    error TEXT NOT NULL,
    dead INTEGER,
    PRIMARY KEY (hook, edge)
) WITHOUT ROWID, STRICT;
CREATE INDEX deliveries_by_try ON deliveries (hook, next_try);
CREATE INDEX deliveries_by_death ON deliveries (dead);

-- people who are written to
CREATE TABLE mail_recipients (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    -- of this organisation and those below it; of all where there is none
    org TEXT REFERENCES orgs (id),
    -- from which hour on a digest is sent each day; none without it
    digest_hour INTEGER,
    -- states of which is written at once, with commas between
    at_once TEXT NOT NULL,
    created INTEGER NOT NULL,
    actor TEXT NOT NULL,
    -- the last edge that was taken up for mails at once
    taken INTEGER NOT NULL,
    -- when the last digest was written, and the last edge that it covers
    digested INTEGER NOT NULL,
    covered INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- mails that were written and that the mail server has not taken yet
CREATE TABLE mails (
    -- the left half of its Message-ID
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    made INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- since when it fails, and when it is tried again; nothing once it is dead
    failing INTEGER,
    next_try INTEGER,
    error TEXT NOT NULL,
    dead INTEGER
) WITHOUT ROWID, STRICT;
CREATE INDEX mails_by_try ON mails (next_try);
CREATE INDEX mails_by_recipient ON mails (recipient);
