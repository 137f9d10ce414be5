-- Errands: an application sends its user to our pages by a one-time link, and gets them back with a result. One row from
-- the link to the redeemed result; tokens are kept as hashes.
CREATE TABLE errands (
    id            TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    account_id    TEXT COLLATE "C"   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose       TEXT COLLATE "C"   NOT NULL,
    link          BYTEA   NOT NULL UNIQUE,
    -- The cookie of the one browser that opened the link.
    token         BYTEA   UNIQUE,
    -- The account's second factor as the errand knows it, 0 for off: where somebody else changed it, the errand is over.
    two_factor_at BIGINT NOT NULL,
    -- Whether no remembered device stands for a code.
    fresh         BIGINT NOT NULL CHECK (fresh IN (0, 1)),
    account_name  TEXT COLLATE "C"   NOT NULL,
    return_to     TEXT COLLATE "C"   NOT NULL,
    -- The application's own text, which goes back with the result.
    state         TEXT COLLATE "C",
    language      TEXT COLLATE "C",
    created_at    BIGINT NOT NULL,
    opened_at     BIGINT,
    -- Of the link, then of the errand, then of the way back.
    expires_at    BIGINT NOT NULL,
    -- When and how a second factor was shown on it.
    factor_at     BIGINT,
    method        TEXT COLLATE "C",
    outcome       TEXT COLLATE "C",
    ended_at      BIGINT,
    returned_at   BIGINT,
    redeemed_at   BIGINT
);
CREATE INDEX errands_by_account ON errands (account_id);
CREATE INDEX errands_by_end ON errands (expires_at);

-- An authenticator that is offered on an errand is offered to nobody else.
ALTER TABLE enrolments ADD COLUMN errand_id TEXT COLLATE "C" REFERENCES errands (id) ON DELETE CASCADE;
CREATE INDEX enrolments_by_errand ON enrolments (errand_id);

-- Where an application takes its users back, letter by letter.
CREATE TABLE return_addresses (
    application_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    address        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (application_id, address)
);

-- How an application looks on our pages.
CREATE TABLE application_looks (
    application_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    -- Six hexadecimal digits.
    colour         TEXT COLLATE "C",
    logo           BYTEA,
    -- What the logo is called in its address: the beginning of its hash, and its kind.
    logo_name      TEXT COLLATE "C"
);
CREATE INDEX application_looks_by_logo ON application_looks (logo_name);
