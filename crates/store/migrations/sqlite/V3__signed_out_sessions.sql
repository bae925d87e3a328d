-- The sessions of an account that were signed out: a new password, a suspension or a deletion ends what is left of them.
CREATE INDEX sessions_signed_out_by_account ON sessions (account) WHERE ended_why = 'signed_out';
