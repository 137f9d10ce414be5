-- Applications: products that keep their own users, and ask here about their second factor.
CREATE TABLE applications (
    id                TEXT   NOT NULL PRIMARY KEY,
    name              TEXT   NOT NULL UNIQUE,
    -- What authenticator apps show beside the account.
    issuer            TEXT   NOT NULL,
    -- How long a device is remembered.
    remember          BIGINT NOT NULL CHECK (remember >= 0),
    -- What guess budgets are computed from, in millionths.
    guess_probability BIGINT NOT NULL CHECK (guess_probability > 0),
    recovery_codes    BIGINT NOT NULL CHECK (recovery_codes >= 0),
    -- Nothing: as many as it likes.
    requests_a_minute BIGINT CHECK (requests_a_minute > 0),
    created_at        BIGINT NOT NULL
);

-- What an application is known by. While a key is being replaced there are two.
CREATE TABLE api_keys (
    id             TEXT   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    token          BLOB   NOT NULL UNIQUE,
    created_at     BIGINT NOT NULL,
    -- When it ends, once another has taken its place.
    expires_at     BIGINT
);
CREATE INDEX api_keys_by_application ON api_keys (application_id);

-- An account of an application has the application's own user id, and neither email nor password.
ALTER TABLE accounts ALTER COLUMN email DROP NOT NULL;
ALTER TABLE accounts ALTER COLUMN email_key DROP NOT NULL;
ALTER TABLE accounts ADD COLUMN application_id TEXT REFERENCES applications (id) ON DELETE CASCADE;
ALTER TABLE accounts ADD COLUMN user_id TEXT CHECK ((user_id IS NULL) = (application_id IS NULL)
    AND (user_id IS NULL) = (email IS NOT NULL) AND (email IS NULL) = (email_key IS NULL));
CREATE UNIQUE INDEX accounts_by_application ON accounts (application_id, user_id) WHERE application_id IS NOT NULL;

-- What an application began for an account of its own belongs to no session.
ALTER TABLE enrolments ALTER COLUMN session_id DROP NOT NULL;

-- What was answered to a request with an idempotency key, sealed with what only the asker has.
CREATE TABLE kept_answers (
    application_id TEXT   NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name           BLOB   NOT NULL,
    request        BLOB   NOT NULL,
    answer         BLOB   NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (application_id, name)
);
CREATE INDEX kept_answers_by_end ON kept_answers (expires_at);
