-- When an administrator reset the account's 2FA, until it is on again. Where 2FA is required, the password alone does
-- not lead to a new second factor then: it takes a link from an administrator besides.
ALTER TABLE accounts ADD COLUMN reset_at BIGINT;
