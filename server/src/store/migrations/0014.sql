-- what each organisation's own phones came to when one of its days had ended: counts alone, nobody is named
CREATE TABLE days (
    org TEXT NOT NULL REFERENCES orgs (id),
    -- days since 1970 in the organisation's calendar
    day INTEGER NOT NULL,
    -- `verdict`, `maker` or `app`
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (org, day, kind, name)
) WITHOUT ROWID, STRICT;
CREATE INDEX days_by_kind ON days (kind, day, org, name, devices);
-- which days were counted, and when: a count of nothing has no row above. A day whose end nobody saw has the count of the one before it
CREATE TABLE days_taken (
    org TEXT NOT NULL REFERENCES orgs (id),
    day INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (org, day)
) WITHOUT ROWID, STRICT;
CREATE INDEX days_taken_by_day ON days_taken (day, org);
CREATE INDEX devices_by_maker ON devices (status, org, manufacturer);
