-- A line of the log says who did it, by which method and in which session, and a sign-in keeps its receipt. Lines
-- from before have none of these.
ALTER TABLE events ADD COLUMN actor TEXT COLLATE "C";
ALTER TABLE events ADD COLUMN method TEXT COLLATE "C";
ALTER TABLE events ADD COLUMN detail TEXT COLLATE "C";
ALTER TABLE events ADD COLUMN until BIGINT;
ALTER TABLE events ADD COLUMN session_id TEXT COLLATE "C";
CREATE INDEX events_by_session ON events (session_id) WHERE session_id IS NOT NULL;

-- The chain of the log: link 1, 2, 3, … without a gap, each hashed together with the one before it.
CREATE TABLE event_links (
    link     BIGINT NOT NULL PRIMARY KEY CHECK (link > 0),
    position BIGINT NOT NULL UNIQUE REFERENCES events (position),
    hash     BYTEA   NOT NULL
);

-- Nobody alters the log by mistake. Who means to has to drop these first; the chain is what finds that out.
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is only appended to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER events_are_not_removed BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER event_links_are_not_changed BEFORE UPDATE OR DELETE ON event_links
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER event_links_are_not_removed BEFORE TRUNCATE ON event_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();

-- One row, from the first start on: what this database is called, and whether a mark of it was ever kept outside.
CREATE TABLE installation (
    one        BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    id         TEXT COLLATE "C"   NOT NULL,
    created_at BIGINT NOT NULL,
    marked     BIGINT NOT NULL CHECK (marked IN (0, 1)),
    -- How often an older backup was restored and dealt with.
    restored   BIGINT NOT NULL
);

-- What was lost when an older backup was restored: links that were noted outside and are not here any more.
CREATE TABLE restorations (
    number      BIGINT NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    last_kept   BIGINT NOT NULL,
    kept_until  BIGINT,
    last_marked BIGINT,
    marked_at   BIGINT
);

-- Since when nobody knows which codes of a set are spent: they are switched off.
ALTER TABLE recovery_sets ADD COLUMN doubted_at BIGINT;
