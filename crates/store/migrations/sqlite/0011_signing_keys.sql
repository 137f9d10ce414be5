-- What messages to an application are signed with. The one that nothing has replaced is the present one; an older one
-- signs as well until it ends.
CREATE TABLE signing_keys (
    id             TEXT   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    secret         BLOB   NOT NULL,
    created_at     BIGINT NOT NULL,
    -- When it ends, once another has taken its place.
    signs_until    BIGINT
);
CREATE UNIQUE INDEX signing_keys_present ON signing_keys (application_id) WHERE signs_until IS NULL;
CREATE INDEX signing_keys_by_application ON signing_keys (application_id);
