-- Letters that are written and not sent yet. They are written in the script of what they tell, with everything they
-- say, so that no later change alters it. Nothing secret is ever here: a letter with a one-time link gets its token
-- when it is sent.
CREATE TABLE outbox (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- What it is written for, "event 12" or "sign-in 0190…": nothing is told twice.
    cause       TEXT    NOT NULL UNIQUE,
    -- What kind of letter: "notice", or the word of another.
    letter      TEXT    NOT NULL,
    account_id  TEXT,
    email       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    language    TEXT,
    -- The facts of a notice, word for word as in its event.
    kind        TEXT,
    method      TEXT,
    subject     TEXT,
    count       BIGINT,
    detail      TEXT,
    until       BIGINT,
    actor       TEXT,
    at          BIGINT  NOT NULL,
    browser     TEXT,
    address     TEXT,
    -- How often somebody took it to send it. Whoever takes it raises this, so it tells one taker from the next.
    tries       BIGINT  NOT NULL,
    -- Nobody takes it before: it waits after a failure, or somebody is sending it now.
    next_at     BIGINT  NOT NULL,
    -- Since when nobody tries any more, and what was said to the last try.
    given_up_at BIGINT,
    trouble     TEXT
);
CREATE INDEX outbox_by_next ON outbox (next_at) WHERE given_up_at IS NULL;
CREATE INDEX outbox_by_kind ON outbox (kind, at);

-- When an owner was last told of what strangers can bring about, so that nobody floods a mailbox.
CREATE TABLE notices_told (
    account_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);

-- A pending sign-in that ends without a second factor is told to its owner: from where it began, whether somebody
-- gave it up, and the first one of this browser that it goes on from.
ALTER TABLE pending_sign_ins ADD COLUMN browser TEXT;
ALTER TABLE pending_sign_ins ADD COLUMN address TEXT;
ALTER TABLE pending_sign_ins ADD COLUMN given_up BIGINT NOT NULL DEFAULT 0 CHECK (given_up IN (0, 1));
ALTER TABLE pending_sign_ins ADD COLUMN follows TEXT;
CREATE INDEX pending_sign_ins_by_end ON pending_sign_ins (expires_at);
