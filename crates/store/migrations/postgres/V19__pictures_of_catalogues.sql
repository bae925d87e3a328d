-- Files that no account has and the app itself does, as pictures of its catalogues: `kept_at` tells since when.
ALTER TABLE uploads ADD COLUMN kept_at BIGINT;

DROP INDEX uploads_unclaimed;
CREATE INDEX uploads_unclaimed ON uploads (signed_at)
    WHERE account IS NULL AND kept_at IS NULL AND delete_at IS NULL;
