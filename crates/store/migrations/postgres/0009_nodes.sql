-- The processes that serve on this database, each as long as it says so. They compare their clocks with the database's,
-- and tell which keys they hold (never the keys). On SQLite, which has one machine, nobody says so.
CREATE TABLE nodes (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The machine and the port, for people.
    name     TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    -- By the clock of the database: whoever has been silent for long is forgotten.
    seen_at  BIGINT NOT NULL,
    -- How far its clock is ahead of the database's, in milliseconds, and how far that may be from the truth.
    ahead    BIGINT NOT NULL,
    within   BIGINT NOT NULL,
    -- The ids of the keys it holds, with spaces between.
    keys     TEXT COLLATE "C" NOT NULL
);
