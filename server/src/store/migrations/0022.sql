-- how the session began in which a schedule was made: what groups elsewhere give holds in such sessions alone; none for those of before
ALTER TABLE scan_schedules ADD COLUMN how TEXT;
