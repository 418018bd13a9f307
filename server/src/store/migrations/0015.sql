-- people have accounts: how somebody proves who they are, and what they may
ALTER TABLE users ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN address TEXT;
-- since when the account is shut
ALTER TABLE users ADD COLUMN disabled INTEGER;
-- a PHC string of argon2id; none where the person signs in otherwise
ALTER TABLE users ADD COLUMN password TEXT;
-- secret of one-time codes, sealed under a key of the server's that is not in here; and the last step that was taken, so that no code works twice
ALTER TABLE users ADD COLUMN totp BLOB;
ALTER TABLE users ADD COLUMN totp_step INTEGER;
-- wrong passwords and codes in a row, and until when no other is tried
ALTER TABLE users ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN locked INTEGER;

-- how others know a person: `oidc` and `ldap`
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    seen INTEGER NOT NULL,
    PRIMARY KEY (provider, subject)
) WITHOUT ROWID, STRICT;
CREATE INDEX identities_by_user ON identities (user_id);

-- codes for whoever has lost what makes one-time codes; each works once, and is gone then
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (user_id, hash)
) WITHOUT ROWID, STRICT;

-- links with which a person chooses a password
CREATE TABLE set_up_links (
    hash BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    expires INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- where a session began and how: `link`, `password`, `oidc`, `ldap`
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN how TEXT NOT NULL DEFAULT 'link';
CREATE INDEX sessions_by_user ON sessions (user_id);

-- what a person may: a role in an organisation and those below it, or on the whole server where there is none
CREATE TABLE grants (
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    -- empty for the whole server
    org TEXT NOT NULL,
    -- who gave it: `person` or the provider from whose groups it comes
    source TEXT NOT NULL,
    PRIMARY KEY (user_id, role, org, source)
) WITHOUT ROWID, STRICT;
CREATE INDEX grants_by_org ON grants (org);
-- whoever could sign in until now could do everything
INSERT INTO grants (user_id, role, org, source) SELECT id, 'owner', '', 'person' FROM users;

-- the same for tokens
CREATE TABLE token_grants (
    hash BLOB NOT NULL,
    role TEXT NOT NULL,
    org TEXT NOT NULL,
    PRIMARY KEY (hash, role, org)
) WITHOUT ROWID, STRICT;
INSERT INTO token_grants (hash, role, org) SELECT hash, 'owner', '' FROM api_tokens;
