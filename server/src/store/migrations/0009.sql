-- each time that this database came back from a backup
CREATE TABLE restores (
    id INTEGER PRIMARY KEY,
    -- when the backup was made, and by which version of the program
    made INTEGER NOT NULL,
    program TEXT NOT NULL,
    restored INTEGER NOT NULL,
    -- the newest entry of the audit in the backup; what came after it is lost
    audit_seq INTEGER NOT NULL,
    devices INTEGER NOT NULL
) STRICT;

-- where the chain of each device stood in the backup: until it is first heard of again, what is missing after that number was lost here
CREATE TABLE restored_heads (
    device BLOB PRIMARY KEY,
    restore INTEGER NOT NULL,
    chain BLOB,
    number INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
