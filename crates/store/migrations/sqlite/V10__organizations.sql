-- The schools and other bodies that members of an app belong to. `key` is name and region in the form in which
-- variants meet.
CREATE TABLE organizations (
    app BIGINT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, key)
) WITHOUT ROWID;

-- The e-mail domains of an organisation, in their ASCII form. Several organisations may share one.
CREATE TABLE organization_domains (
    app BIGINT NOT NULL,
    organization TEXT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (app, organization, domain)
) WITHOUT ROWID;

-- Where a member belongs. The row goes with the account.
CREATE TABLE account_organizations (
    account TEXT NOT NULL,
    app BIGINT NOT NULL,
    organization TEXT NOT NULL,
    PRIMARY KEY (account)
) WITHOUT ROWID;

-- A code, and the proof that comes of it, may count for one organisation only; '' is none.
ALTER TABLE one_time_codes ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE proofs ADD COLUMN organization TEXT NOT NULL DEFAULT '';
