-- Where applications are told what happens to their accounts.
CREATE TABLE webhook_endpoints (
    id             TEXT   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    url            TEXT   NOT NULL,
    -- The topics that it wants, each between spaces; nothing: all of them.
    topics         TEXT,
    created_at     BIGINT NOT NULL,
    -- Nobody sends to it before: it rests after a failure, or somebody is sending to it now.
    next_at        BIGINT NOT NULL DEFAULT 0,
    -- Who sent to it last, or is sending.
    taker          BIGINT NOT NULL DEFAULT 0,
    -- How many tries have failed since the last that did not, since when, and why the last did.
    failures       BIGINT NOT NULL DEFAULT 0,
    failing_since  BIGINT,
    trouble        TEXT,
    -- How many messages it will never get.
    given_up       BIGINT NOT NULL DEFAULT 0,
    -- Since when nothing is sent to it any more.
    off_at         BIGINT,
    UNIQUE (application_id, url)
);

-- Messages on their way to an endpoint. Each is written in the script of the event it tells, with everything it says,
-- so that no later change alters it. Nothing secret is ever here.
CREATE TABLE webhook_deliveries (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    endpoint_id TEXT    NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    -- The position of the event.
    event       BIGINT  NOT NULL,
    user_id     TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    actor       TEXT,
    method      TEXT,
    subject     TEXT,
    count       BIGINT,
    at          BIGINT  NOT NULL,
    -- How often somebody took it to send it.
    tries       BIGINT  NOT NULL,
    next_at     BIGINT  NOT NULL,
    UNIQUE (endpoint_id, event)
);
CREATE INDEX webhook_deliveries_by_next ON webhook_deliveries (endpoint_id, next_at);
