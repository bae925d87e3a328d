-- Keys of programs that act on an app's accounts. Of the secret only its digest is kept.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    app BIGINT NOT NULL REFERENCES apps (id),
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
) WITHOUT ROWID;

CREATE INDEX api_keys_by_app ON api_keys (app, created_at);

-- Requests that must not be done twice: whose key it is, what was asked, and what came of it, sealed under the master
-- key. A row without an outcome is at work until `leased_until`.
CREATE TABLE idempotency_keys (
    app BIGINT NOT NULL,
    operator TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    run TEXT NOT NULL,
    leased_until BIGINT NOT NULL,
    outcome BLOB,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app, operator, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Listings for operators go by these, page by page, however many rows there are.
CREATE INDEX accounts_by_status ON accounts (app, status, number) WHERE deleted_at IS NULL;
CREATE INDEX audit_by_act ON audit (app, act, id);
CREATE INDEX audit_by_actor ON audit (app, actor, id) WHERE actor IS NOT NULL;
CREATE INDEX audit_by_id ON audit (app, id);
CREATE INDEX audit_of_account ON audit (app, account, id) WHERE account IS NOT NULL;
CREATE INDEX outbox_by_id ON outbox (app, id);
CREATE INDEX outbox_by_recipient ON outbox (app, recipient, id);
CREATE INDEX outbox_of_account ON outbox (app, account, id) WHERE account IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (app, id) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_failed ON outbox (app, id) WHERE failed_at IS NOT NULL;
