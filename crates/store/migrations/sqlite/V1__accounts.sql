-- Times are microseconds since 1970-01-01T00:00:00Z. A row that belongs to an app names it.

CREATE TABLE apps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- A deleted account keeps its row, without anything personal, so that its number is never used again.
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    app BIGINT NOT NULL REFERENCES apps (id),
    email TEXT,
    email_verified BOOLEAN NOT NULL,
    phone_number TEXT,
    phone_number_verified BOOLEAN NOT NULL,
    preferred_username TEXT,
    name TEXT,
    given_name TEXT,
    family_name TEXT,
    nickname TEXT,
    birthdate TEXT,
    gender TEXT,
    picture TEXT,
    locale TEXT,
    attributes TEXT NOT NULL,
    status TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    nickname_changed_at BIGINT,
    deleted_at BIGINT
);

CREATE INDEX accounts_by_app ON accounts (app, number);

-- Every name that two accounts cannot share, in the form in which variants meet. It is claimed in the
-- transaction that makes the account, before the account's row exists: hence no reference.
CREATE TABLE identifiers (
    app BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (app, kind, value)
) WITHOUT ROWID;

CREATE INDEX identifiers_by_account ON identifiers (account, kind);

-- One row is one sign-in: the family of all its tokens. Of the refresh token only the parts are kept that sign
-- it again: the two moments of rotation tell how old the last two generations are.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    app BIGINT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (uuid),
    created_at BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_why TEXT,
    user_agent TEXT,
    address TEXT NOT NULL,
    refresh_generation BIGINT NOT NULL,
    refresh_jti TEXT,
    refresh_iat BIGINT,
    refresh_exp BIGINT,
    refresh_kid TEXT,
    rotated_at BIGINT,
    rotated_before_at BIGINT,
    opaque_digest TEXT UNIQUE
) WITHOUT ROWID;

CREATE INDEX sessions_open_by_account ON sessions (account) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- The private part is sealed under the master key.
CREATE TABLE signing_keys (
    app BIGINT NOT NULL,
    kid TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    PRIMARY KEY (app, kid)
) WITHOUT ROWID;

-- Links: one row an account and purpose, so that only the newest token can work.
CREATE TABLE one_time_tokens (
    app BIGINT NOT NULL,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    target TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (app, account, purpose)
) WITHOUT ROWID;

CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- Codes that people type: one row a target and purpose, so that only the newest code can work.
CREATE TABLE one_time_codes (
    app BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    target TEXT NOT NULL,
    digest TEXT NOT NULL,
    account TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (app, purpose, target)
) WITHOUT ROWID;

CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);

-- An address that a code has proven, for the network from which the code was checked.
CREATE TABLE proofs (
    app BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    target TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (app, purpose, target, network)
) WITHOUT ROWID;

CREATE INDEX proofs_by_expiry ON proofs (expires_at);

-- Messages that wait, are leased to a worker, were sent or have failed for good.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    app BIGINT NOT NULL,
    account TEXT,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    app_title TEXT NOT NULL,
    secret TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    next_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent_at BIGINT,
    failed_at BIGINT,
    last_error TEXT
) WITHOUT ROWID;

CREATE INDEX outbox_due ON outbox (next_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_by_time ON outbox (created_at);
CREATE INDEX outbox_by_account ON outbox (account) WHERE account IS NOT NULL;

-- Who did what, on whom, from where, in which request, with what outcome.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    app BIGINT NOT NULL,
    act TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT,
    account TEXT,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail TEXT
) WITHOUT ROWID;

CREATE INDEX audit_by_time ON audit (app, at);
CREATE INDEX audit_by_account ON audit (account, at) WHERE account IS NOT NULL;
