-- what the rule did at a change: observe, warn or enforce; nothing at changes of before
ALTER TABLE edges ADD COLUMN mode TEXT;
