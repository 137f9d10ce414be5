-- Which key of the keyring seals. It is decided here, and not by the keyring file, so that every process on this
-- database seals with the same key from one moment on. The key itself is never here.
CREATE TABLE sealing_keys (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    -- Made by this key alone: tells it from another key of the same id.
    mark       BYTEA   NOT NULL,
    began_at   BIGINT NOT NULL,
    -- When another key took over. It is forgotten when nothing is sealed with it any more.
    retired_at BIGINT
);
CREATE UNIQUE INDEX one_key_seals ON sealing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;
