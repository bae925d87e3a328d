-- The last decision of an operator about an account. One that nobody decided about, or that waits again, has no row.
CREATE TABLE approvals (
    account TEXT PRIMARY KEY,
    app BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    reason TEXT
);

-- Those who wait are few, and so are those who were turned away: most accounts are in no row of this.
CREATE INDEX accounts_not_approved ON accounts (app, status, number) WHERE status <> 'approved';

-- What members choose from. A retired item is neither listed nor chosen anew; whoever has it keeps it.
CREATE TABLE catalog_items (
    app BIGINT NOT NULL,
    catalog TEXT NOT NULL,
    id TEXT NOT NULL,
    emoji TEXT,
    name TEXT NOT NULL,
    image TEXT,
    position BIGINT NOT NULL,
    retired BOOLEAN NOT NULL,
    PRIMARY KEY (app, catalog, id)
);

-- What members chose, in their own order.
CREATE TABLE chosen_items (
    account TEXT NOT NULL,
    catalog TEXT NOT NULL,
    position BIGINT NOT NULL,
    app BIGINT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (account, catalog, position)
);
