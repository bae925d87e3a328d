-- How often something happened lately: to whom, and the moments of the last times, the latest first. A moment is
-- 16 digits of microseconds and 8 of randomness, so that two at the same time are two. A budget counts without them.
CREATE TABLE limits (
    app BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    times BIGINT NOT NULL,
    moments TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app, kind, subject)
);

CREATE INDEX limits_by_expiry ON limits (expires_at);

-- Wrong passwords in a row: a row for each account and address, and one for the account with the address ''.
-- `account` is a uuid, or the keyed digest of a name that nobody has. `looked` says whether the last attempt's
-- password was looked at. `proven_at` is the last sign-in from this address: it is known then.
CREATE TABLE wrong_passwords (
    app BIGINT NOT NULL,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    failures BIGINT NOT NULL,
    looks_from BIGINT NOT NULL,
    looked BOOLEAN NOT NULL,
    proven_at BIGINT,
    expires_at BIGINT,
    PRIMARY KEY (app, account, address)
);

CREATE INDEX wrong_passwords_by_expiry ON wrong_passwords (expires_at) WHERE expires_at IS NOT NULL;
