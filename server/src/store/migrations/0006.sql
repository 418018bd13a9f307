-- when a person took a token back; those that were taken back before this was kept have only expired
ALTER TABLE tokens ADD COLUMN revoked INTEGER;
