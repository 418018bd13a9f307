-- how an entry is hashed, from where it was asked, and what the thing was before and after; older entries have none of it and form 1
ALTER TABLE audit ADD COLUMN form INTEGER NOT NULL DEFAULT 1;
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN before_json TEXT;
ALTER TABLE audit ADD COLUMN after_json TEXT;
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_subject ON audit (subject, seq);
-- whoever appends holds this row until the transaction ends: two server processes on one database take turns
CREATE TABLE audit_turn (
    turn BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;
-- entries are only appended. This keeps a mistake in a program or at a prompt from going through; who may drop a trigger is not kept from anything
-- only sqlite
INSERT INTO audit_turn (turn) VALUES (x'01');
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
-- only postgres
INSERT INTO audit_turn (turn) VALUES ('\x01');
CREATE FUNCTION refuse_to_change_the_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit();
-- all
