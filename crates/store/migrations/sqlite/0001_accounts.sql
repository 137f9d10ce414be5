-- Moments are unix milliseconds, yes and no are 1 and 0, ids are 32 hexadecimal digits.
-- What is secret is sealed under the keyring or kept as a hash: nothing in here opens an account.

CREATE TABLE accounts (
    id             TEXT   NOT NULL PRIMARY KEY,
    email          TEXT   NOT NULL,
    email_key      TEXT   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    language       TEXT,
    administrator  BIGINT NOT NULL CHECK (administrator IN (0, 1)),
    password_hash  TEXT,
    password_at    BIGINT,
    two_factor_at  BIGINT,
    disabled_at    BIGINT,
    -- Raised by everything that a sign-in under way must not outrun.
    epoch          BIGINT NOT NULL,
    created_at     BIGINT NOT NULL
);

CREATE TABLE authenticators (
    id           TEXT   NOT NULL PRIMARY KEY,
    account_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         TEXT   NOT NULL,
    secret       BLOB   NOT NULL,
    algorithm    TEXT   NOT NULL,
    digits       BIGINT NOT NULL,
    period       BIGINT NOT NULL,
    last_step    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX authenticators_by_account ON authenticators (account_id);

CREATE TABLE recovery_sets (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    salt        BLOB   NOT NULL,
    pepper      BLOB   NOT NULL,
    created_at  BIGINT NOT NULL,
    replaced_at BIGINT
);
CREATE INDEX recovery_sets_by_account ON recovery_sets (account_id);

CREATE TABLE recovery_codes (
    set_id  TEXT NOT NULL REFERENCES recovery_sets (id) ON DELETE CASCADE,
    hash    BLOB NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (set_id, hash)
);

CREATE TABLE trusted_devices (
    id            TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token         BLOB   NOT NULL UNIQUE,
    name          TEXT   NOT NULL,
    remembered_at BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    last_used_at  BIGINT
);
CREATE INDEX trusted_devices_by_account ON trusted_devices (account_id);

CREATE TABLE pending_sign_ins (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token       BLOB   NOT NULL UNIQUE,
    password_at BIGINT NOT NULL,
    wrong       BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX pending_sign_ins_by_account ON pending_sign_ins (account_id);

CREATE TABLE sessions (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token       BLOB   NOT NULL UNIQUE,
    methods     TEXT   NOT NULL,
    password_at BIGINT NOT NULL,
    factor_at   BIGINT,
    device_id   TEXT,
    browser     TEXT   NOT NULL,
    address     TEXT,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE enrolments (
    id               TEXT   NOT NULL PRIMARY KEY,
    account_id       TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    session_id       TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    authenticator_id TEXT   NOT NULL UNIQUE,
    secret           BLOB   NOT NULL,
    algorithm        TEXT   NOT NULL,
    digits           BIGINT NOT NULL,
    period           BIGINT NOT NULL,
    -- Offers that a later one replaced are kept a while: only to explain a code of theirs.
    superseded       BIGINT NOT NULL CHECK (superseded IN (0, 1)),
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL
);
CREATE INDEX enrolments_by_session ON enrolments (session_id);
CREATE INDEX enrolments_by_account ON enrolments (account_id);

CREATE TABLE guess_budgets (
    -- An account's id, or the key of an email address, which need not belong to anybody.
    subject  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    -- The id of a trusted device that has a budget of its own, or nothing.
    lane     TEXT   NOT NULL,
    failures BIGINT NOT NULL,
    level    BIGINT NOT NULL,
    level_at BIGINT NOT NULL,
    next_at  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    PRIMARY KEY (subject, kind, lane)
);

CREATE TABLE events (
    position   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account_id TEXT    NOT NULL,
    at         BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    subject    TEXT,
    count      BIGINT,
    browser    TEXT    NOT NULL,
    address    TEXT
);
CREATE INDEX events_by_account ON events (account_id, position);

CREATE TABLE invitations (
    token      BLOB   NOT NULL PRIMARY KEY,
    -- The account that gets its first password, or nothing: the first administrator is yet to be made.
    account_id TEXT   UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Tickets that were good once: the download of a recovery-code file.
CREATE TABLE spent_tickets (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
