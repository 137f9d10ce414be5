-- Since when an address is known to be its owner's: a link that was sent to it came back, or an administrator said so.
ALTER TABLE accounts ADD COLUMN address_confirmed_at BIGINT;

-- One-time links of an account: one by mail and one by hand of each purpose, so that a newer one takes the older
-- one's place, and nobody who asks for a letter takes that of a link which an administrator handed out.
CREATE TABLE links (
    account_id   TEXT COLLATE "C"   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose      TEXT COLLATE "C"   NOT NULL,
    -- The key of the address that the letter goes to; empty where an administrator hands the link out.
    sent_to      TEXT COLLATE "C"   NOT NULL,
    -- Until when the letter is worth sending.
    wanted_until BIGINT NOT NULL,
    -- Drawn when the letter is sent: until then there is nothing that could be stolen.
    token        BYTEA   UNIQUE,
    good_until   BIGINT,
    PRIMARY KEY (account_id, purpose, sent_to)
);

-- How many letters with a link somebody asked for, by the key of an address that need not belong to anybody.
CREATE TABLE link_allowances (
    address    TEXT COLLATE "C"   NOT NULL,
    purpose    TEXT COLLATE "C"   NOT NULL,
    -- Each letter uses up an hour. A few hours may be used up ahead.
    used_until BIGINT NOT NULL,
    PRIMARY KEY (address, purpose)
);
