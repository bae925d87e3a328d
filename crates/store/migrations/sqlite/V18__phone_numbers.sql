-- An operator finds a member by the number that is told on the telephone, in apps too where members may share one.
CREATE INDEX accounts_by_phone_number ON accounts (app, phone_number) WHERE phone_number IS NOT NULL;
