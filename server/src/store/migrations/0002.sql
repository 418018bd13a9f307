-- packages of the agent for Android; the files lie beside the database, in `packages`
CREATE TABLE agent_packages (
    version_code INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    -- SHA-256 of the signer's certificate
    signer BLOB NOT NULL,
    size INTEGER NOT NULL,
    -- to whom it is offered (`1`, `10`, `all`, `halt`), and since when
    ring TEXT NOT NULL,
    ring_since INTEGER NOT NULL,
    -- why the server has halted it by itself
    halted TEXT,
    added INTEGER NOT NULL,
    actor TEXT NOT NULL
) STRICT;
