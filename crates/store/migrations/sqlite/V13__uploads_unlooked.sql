-- Whether a file arrived in a bucket is looked at when nobody may send it any more: these.
CREATE INDEX uploads_unlooked ON uploads (expires_at) WHERE arrived_at IS NULL AND delete_at IS NULL;
