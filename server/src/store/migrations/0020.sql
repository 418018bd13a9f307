-- how the directory knows who carries a phone of the register, what it says of that person (`known`, `moved`, `disabled`, `left`, `several`,
-- `unknown`) and since when; and in which organisation it has the person, where that is another than the phone's
ALTER TABLE assets ADD COLUMN carrier_id TEXT;
ALTER TABLE assets ADD COLUMN carrier_standing TEXT;
ALTER TABLE assets ADD COLUMN carrier_since INTEGER;
ALTER TABLE assets ADD COLUMN carrier_org TEXT;
CREATE INDEX assets_by_carrier_standing ON assets (carrier_standing, life);
