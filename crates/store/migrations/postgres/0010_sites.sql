-- Groups that an administrator has put accounts into: they say which sites an account may see.
CREATE TABLE account_groups (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- Sites behind a proxy that are open in a session: each has a cookie of its own, and ends with the session.
CREATE TABLE site_sessions (
    token      BYTEA  NOT NULL PRIMARY KEY,
    session_id TEXT COLLATE "C"   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- Scheme, host and port.
    site       TEXT COLLATE "C"   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (session_id, site)
);

-- Tickets on their way from the portal to a site, each good once, for a minute, in one browser.
CREATE TABLE site_tickets (
    token      BYTEA  NOT NULL PRIMARY KEY,
    session_id TEXT COLLATE "C"   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    site       TEXT COLLATE "C"   NOT NULL,
    -- The hash of what the site gave the browser before it went to the portal.
    begun      BYTEA  NOT NULL,
    -- The page that was wanted there.
    path       TEXT COLLATE "C"   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX site_tickets_by_session ON site_tickets (session_id);
