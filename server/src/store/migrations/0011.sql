-- lists are in the order of bytes, and actions are found by it, whatever language a PostgreSQL database was made for; SQLite knows no other;
-- only postgres
DROP INDEX devices_by_model;
CREATE INDEX devices_by_model ON devices (status, (COALESCE(model, '')) COLLATE "C", id);
DROP INDEX audit_by_action;
CREATE INDEX audit_by_action ON audit (action COLLATE "C", seq);
-- lists are searched with the letters of every alphabet: whoever has built a PostgreSQL without them learns it here
SELECT LOWER('A' COLLATE "und-x-icu");
-- all
