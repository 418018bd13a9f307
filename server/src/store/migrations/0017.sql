-- how many active devices there are, so that figures cost the same however many those are: `device` by organisation and verdict; `maker` by
-- organisation, with what they say of their maker as the name; `rule` and `app` by organisation and verdict, for marks that are broken.
-- Triggers keep it: nobody writes it, and nothing that writes devices or marks has to think of it.
CREATE TABLE tallies (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    org TEXT NOT NULL,
    verdict_rank INTEGER NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (kind, name, org, verdict_rank)
) WITHOUT ROWID, STRICT;
CREATE INDEX tallies_of_none ON tallies (devices) WHERE devices = 0;
CREATE INDEX tallies_by_org ON tallies (org, kind, devices);
INSERT INTO tallies (kind, name, org, verdict_rank, devices)
    SELECT 'device', '', org, verdict_rank, COUNT(*) FROM devices WHERE status = 'active' GROUP BY org, verdict_rank;
INSERT INTO tallies (kind, name, org, verdict_rank, devices)
    SELECT 'maker', COALESCE(manufacturer, ''), org, 0, COUNT(*) FROM devices WHERE status = 'active'
    GROUP BY COALESCE(manufacturer, ''), org;
INSERT INTO tallies (kind, name, org, verdict_rank, devices)
    SELECT m.kind, m.name, m.org, m.verdict_rank, COUNT(*) FROM device_marks AS m JOIN devices AS d ON d.id = m.device
    WHERE d.status = 'active' AND m.broken = 1 GROUP BY m.kind, m.name, m.org, m.verdict_rank;
-- whose verdict became another one since a time
CREATE INDEX devices_by_since ON devices (status, verdict_rank, verdict_since);
-- whose grace ends next
CREATE INDEX devices_in_grace ON devices (status, verdict_rank, verdict_due, org) WHERE verdict_due IS NOT NULL;
-- sums over all organisations are read in this order
DROP INDEX days_by_kind;
CREATE INDEX days_by_kind ON days (kind, day, name, org, devices);
-- only sqlite
CREATE TRIGGER devices_tallied_added AFTER INSERT ON devices WHEN NEW.status = 'active' BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        VALUES ('device', '', NEW.org, NEW.verdict_rank, 1), ('maker', COALESCE(NEW.manufacturer, ''), NEW.org, 0, 1)
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT kind, name, org, verdict_rank, 1 FROM device_marks WHERE device = NEW.id AND broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
END;
CREATE TRIGGER devices_tallied_removed AFTER DELETE ON devices WHEN OLD.status = 'active' BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        VALUES ('device', '', OLD.org, OLD.verdict_rank, -1), ('maker', COALESCE(OLD.manufacturer, ''), OLD.org, 0, -1)
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT kind, name, org, verdict_rank, -1 FROM device_marks WHERE device = OLD.id AND broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    DELETE FROM tallies WHERE devices = 0;
END;
CREATE TRIGGER devices_tallied_judged AFTER UPDATE OF status, org, verdict_rank ON devices
    WHEN OLD.status <> NEW.status OR OLD.org <> NEW.org OR OLD.verdict_rank <> NEW.verdict_rank BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT 'device', '', OLD.org, OLD.verdict_rank, -1 WHERE OLD.status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT 'device', '', NEW.org, NEW.verdict_rank, 1 WHERE NEW.status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
    DELETE FROM tallies WHERE devices = 0;
END;
CREATE TRIGGER devices_tallied_made AFTER UPDATE OF status, org, manufacturer ON devices
    WHEN OLD.status <> NEW.status OR OLD.org <> NEW.org OR OLD.manufacturer IS NOT NEW.manufacturer BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT 'maker', COALESCE(OLD.manufacturer, ''), OLD.org, 0, -1 WHERE OLD.status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT 'maker', COALESCE(NEW.manufacturer, ''), NEW.org, 0, 1 WHERE NEW.status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
    DELETE FROM tallies WHERE devices = 0;
END;
CREATE TRIGGER devices_tallied_marks AFTER UPDATE OF status ON devices
    WHEN (OLD.status = 'active') <> (NEW.status = 'active') BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT kind, name, org, verdict_rank, CASE NEW.status WHEN 'active' THEN 1 ELSE -1 END
        FROM device_marks WHERE device = NEW.id AND broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + excluded.devices;
    DELETE FROM tallies WHERE devices = 0;
END;
CREATE TRIGGER device_marks_tallied_added AFTER INSERT ON device_marks WHEN NEW.broken = 1 BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT NEW.kind, NEW.name, NEW.org, NEW.verdict_rank, 1 FROM devices WHERE id = NEW.device AND status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
END;
CREATE TRIGGER device_marks_tallied_removed AFTER DELETE ON device_marks WHEN OLD.broken = 1 BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT OLD.kind, OLD.name, OLD.org, OLD.verdict_rank, -1 FROM devices WHERE id = OLD.device AND status = 'active'
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    DELETE FROM tallies WHERE devices = 0;
END;
CREATE TRIGGER device_marks_tallied_changed AFTER UPDATE ON device_marks BEGIN
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT OLD.kind, OLD.name, OLD.org, OLD.verdict_rank, -1 FROM devices
        WHERE id = OLD.device AND status = 'active' AND OLD.broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices - 1;
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT NEW.kind, NEW.name, NEW.org, NEW.verdict_rank, 1 FROM devices
        WHERE id = NEW.device AND status = 'active' AND NEW.broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + 1;
    DELETE FROM tallies WHERE devices = 0;
END;
-- only postgres
CREATE FUNCTION tally(which TEXT, called TEXT, whose TEXT, rank BIGINT, more BIGINT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO tallies (kind, name, org, verdict_rank, devices) VALUES (which, called, whose, rank, more)
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + excluded.devices
$$;
CREATE FUNCTION tally_marks_of(which BYTEA, more BIGINT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO tallies (kind, name, org, verdict_rank, devices)
        SELECT kind, name, org, verdict_rank, more FROM device_marks WHERE device = which AND broken = 1
        ON CONFLICT (kind, name, org, verdict_rank) DO UPDATE SET devices = tallies.devices + excluded.devices
$$;
CREATE FUNCTION tally_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'active' THEN
        PERFORM tally('device', '', OLD.org, OLD.verdict_rank, -1);
        PERFORM tally('maker', COALESCE(OLD.manufacturer, ''), OLD.org, 0, -1);
        IF TG_OP = 'DELETE' OR NEW.status <> 'active' THEN
            PERFORM tally_marks_of(OLD.id, -1);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'active' THEN
        PERFORM tally('device', '', NEW.org, NEW.verdict_rank, 1);
        PERFORM tally('maker', COALESCE(NEW.manufacturer, ''), NEW.org, 0, 1);
        IF TG_OP = 'INSERT' OR OLD.status <> 'active' THEN
            PERFORM tally_marks_of(NEW.id, 1);
        END IF;
    END IF;
    DELETE FROM tallies WHERE devices = 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER devices_tallied AFTER INSERT OR DELETE ON devices FOR EACH ROW EXECUTE FUNCTION tally_devices();
CREATE TRIGGER devices_tallied_changed AFTER UPDATE ON devices FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.org <> NEW.org OR OLD.verdict_rank <> NEW.verdict_rank
        OR OLD.manufacturer IS DISTINCT FROM NEW.manufacturer)
    EXECUTE FUNCTION tally_devices();
CREATE FUNCTION tally_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.broken = 1 AND EXISTS (SELECT 1 FROM devices WHERE id = OLD.device AND status = 'active') THEN
        PERFORM tally(OLD.kind, OLD.name, OLD.org, OLD.verdict_rank, -1);
        DELETE FROM tallies WHERE devices = 0;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.broken = 1 AND EXISTS (SELECT 1 FROM devices WHERE id = NEW.device AND status = 'active') THEN
        PERFORM tally(NEW.kind, NEW.name, NEW.org, NEW.verdict_rank, 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER device_marks_tallied AFTER INSERT OR DELETE OR UPDATE ON device_marks FOR EACH ROW EXECUTE FUNCTION tally_marks();
-- all
