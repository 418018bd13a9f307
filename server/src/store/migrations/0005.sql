-- packages of the agent for Aurora OS, which are only handed out; the files lie beside those for Android
CREATE TABLE aurora_packages (
    sha256 BLOB PRIMARY KEY,
    -- `application` or `system`
    kind TEXT NOT NULL,
    arch TEXT NOT NULL,
    version TEXT NOT NULL,
    release TEXT NOT NULL,
    size INTEGER NOT NULL,
    added INTEGER NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID, STRICT;
