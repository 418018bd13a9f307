-- requests that carry an idempotency key: what was asked, and once it is known the answer, sealed under the key, which is not here
CREATE TABLE repeats (
    -- of actor and key
    hash BLOB PRIMARY KEY,
    actor TEXT NOT NULL,
    -- of method, address and body
    request BLOB NOT NULL,
    began INTEGER NOT NULL,
    status INTEGER,
    answer BLOB
) WITHOUT ROWID, STRICT;
CREATE INDEX repeats_by_actor ON repeats (actor, began);
