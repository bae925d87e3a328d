-- What the provider says about a message after it took it over: its own name for the message, how far it has come
-- (queued, sent, delivered, undelivered, failed), since when, and the code of what went wrong.
ALTER TABLE outbox ADD COLUMN provider_id TEXT;
ALTER TABLE outbox ADD COLUMN delivery_state TEXT;
ALTER TABLE outbox ADD COLUMN delivery_at BIGINT;
ALTER TABLE outbox ADD COLUMN error_code TEXT;
