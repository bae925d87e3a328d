-- What lists and searches of accounts need, one row an account that was not deleted: kept by the statements that
-- change an account's status or names. Texts are folded by the program: names are not compared in SQL.
CREATE TABLE directory (
    account BIGINT PRIMARY KEY,
    app BIGINT NOT NULL,
    status TEXT NOT NULL,
    sort_name TEXT COLLATE "C" NOT NULL,
    search_text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX directory_by_number ON directory (app, status, account);
CREATE INDEX directory_by_name ON directory (app, status, sort_name, account);
CREATE INDEX directory_by_date ON directory (app, status, created_at, account);

-- How many accounts of a status have their numbers in a block of 2048: their sum is the total of a list.
CREATE TABLE directory_counts (
    app BIGINT NOT NULL,
    status TEXT NOT NULL,
    block BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    PRIMARY KEY (app, status, block)
);

-- Every place in the names of an approved account: three characters from there, 21 bits each, zero past the end. A part
-- of one, two or three letters is a range of them.
CREATE TABLE name_grams (
    app BIGINT NOT NULL,
    gram BIGINT NOT NULL,
    account BIGINT NOT NULL,
    PRIMARY KEY (app, gram, account)
);

-- Accounts from before there was a directory, until they are in it.
CREATE TABLE directory_missing (
    account BIGINT PRIMARY KEY
);

INSERT INTO directory_missing (account) SELECT number FROM accounts WHERE deleted_at IS NULL;

-- The ledger of points: the lines of an account are numbered from 1. It outlives its accounts. `day` counts from
-- 1970-01-01 in the app's time zone.
CREATE TABLE point_entries (
    app BIGINT NOT NULL,
    account BIGINT NOT NULL,
    line BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    day BIGINT NOT NULL,
    granted_by TEXT,
    idempotency_key TEXT,
    PRIMARY KEY (account, line)
);

CREATE UNIQUE INDEX point_entries_by_key ON point_entries (app, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The sum of an account's ledger in a period: 0 is all time, else the kind times ten million plus the first day.
-- rank_key is the negative of the points where they are above zero and the account is approved, else 0: the ranking is
-- its rising order.
CREATE TABLE point_totals (
    app BIGINT NOT NULL,
    account BIGINT NOT NULL,
    period BIGINT NOT NULL,
    points BIGINT NOT NULL,
    rank_key BIGINT NOT NULL,
    PRIMARY KEY (account, period)
);

CREATE INDEX point_totals_ranked ON point_totals (app, period, rank_key, account);

-- How many accounts of a block of numbers are ranked in a period.
CREATE TABLE ranked_counts (
    app BIGINT NOT NULL,
    period BIGINT NOT NULL,
    block BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    PRIMARY KEY (app, period, block)
);
