-- A trusted device gets a new token each time it stands for a code. Those it had before are kept as long as it is
-- trusted: whoever sends one has a copy, or is the owner of whom somebody has one.
CREATE TABLE spent_device_tokens (
    token     BYTEA   NOT NULL PRIMARY KEY,
    device_id TEXT COLLATE "C"   NOT NULL REFERENCES trusted_devices (id) ON DELETE CASCADE,
    spent_at  BIGINT NOT NULL
);
CREATE INDEX spent_device_tokens_by_device ON spent_device_tokens (device_id);
CREATE INDEX sessions_by_device ON sessions (device_id) WHERE device_id IS NOT NULL;
