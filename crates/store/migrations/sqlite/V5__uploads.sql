-- Files that members upload. One that was signed here has `signed_at` and, until an account has it, the address that
-- asked; where its file lies is `stored_as`, once it has arrived. One that an account named and that was never signed
-- here has no file. What has `delete_at` is to be deleted: first the file, then the row.
CREATE TABLE uploads (
    app BIGINT NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    visibility TEXT NOT NULL,
    content_type TEXT,
    size BIGINT,
    max_bytes BIGINT,
    subject TEXT,
    signed_at BIGINT,
    expires_at BIGINT,
    stored_as TEXT,
    arrived_at BIGINT,
    arrived_size BIGINT,
    digest TEXT,
    account TEXT,
    claimed_at BIGINT,
    ordinal BIGINT,
    delete_at BIGINT,
    PRIMARY KEY (app, path)
) WITHOUT ROWID;

-- What was signed has its path alone in all apps: /media/PATH names no app.
CREATE UNIQUE INDEX uploads_signed ON uploads (path) WHERE signed_at IS NOT NULL;
CREATE UNIQUE INDEX uploads_stored ON uploads (stored_as) WHERE stored_as IS NOT NULL;
CREATE INDEX uploads_by_account ON uploads (account) WHERE account IS NOT NULL;
CREATE INDEX uploads_by_subject ON uploads (subject) WHERE subject IS NOT NULL;
CREATE INDEX uploads_unclaimed ON uploads (signed_at) WHERE account IS NULL AND delete_at IS NULL;
CREATE INDEX uploads_to_delete ON uploads (delete_at) WHERE delete_at IS NOT NULL;
