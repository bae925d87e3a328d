-- Listings for operators go by these, page by page, however many rows there are.
CREATE INDEX account_organizations_by_organization ON account_organizations (app, organization, account);
CREATE INDEX product_keys_used ON product_keys (app, value) WHERE account IS NOT NULL;
CREATE INDEX product_keys_free ON product_keys (app, value) WHERE account IS NULL;
CREATE INDEX point_entries_by_time ON point_entries (app, at, account, line);

-- How often something happened in an hour, counted from the audit. `hour` counts from 1970-01-01T00:00 on the clock of
-- the app's time zone.
CREATE TABLE statistics (
    app BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    kind TEXT NOT NULL,
    happened BIGINT NOT NULL,
    PRIMARY KEY (app, hour, kind)
);

-- Up to when the audit of an app is counted: everything before `counted_to`, nothing from then on.
CREATE TABLE statistics_marks (
    app BIGINT PRIMARY KEY,
    counted_to BIGINT NOT NULL
);
