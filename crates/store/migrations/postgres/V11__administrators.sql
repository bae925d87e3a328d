-- People who run this server. They belong to no app: what they do is kept under number 0, which has a name that no
-- app of a configuration can have.
INSERT INTO apps (id, name, created_at) VALUES (0, '(console)', 0);

-- `totp_sealed` is the seed of the second factor, sealed under the master key; `totp_step` the last time step whose
-- code was used. Without a seed nobody signs in: a link lets them choose a password and a second factor.
CREATE TABLE administrators (
    uuid TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT,
    password_hash TEXT,
    totp_sealed BYTEA,
    totp_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_sign_in_at BIGINT,
    disabled_at BIGINT
);

-- Codes that stand for the second factor, each once. Only keyed digests are kept.
CREATE TABLE administrator_recovery_codes (
    administrator TEXT NOT NULL REFERENCES administrators (uuid),
    digest TEXT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (administrator, digest)
);

-- Signed-in browsers. `stage` is `password` between the two factors, `whole` after both. Only the digest of what the
-- cookie holds is kept.
CREATE TABLE administrator_sessions (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    administrator TEXT NOT NULL REFERENCES administrators (uuid),
    stage TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    address TEXT NOT NULL,
    user_agent TEXT
);

CREATE INDEX administrator_sessions_open ON administrator_sessions (administrator) WHERE ended_at IS NULL;
CREATE INDEX administrator_sessions_by_expiry ON administrator_sessions (expires_at);

-- Links that make an administrator or give one a new password and second factor: one row a purpose and subject, so that
-- only the newest link can work.
CREATE TABLE administrator_links (
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    email TEXT,
    name TEXT,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (purpose, subject)
);

CREATE INDEX administrator_links_by_expiry ON administrator_links (expires_at);
