-- Friends and requests. One row is one pair of accounts, the lesser uuid first: there is no second row that could
-- contradict it. It is a request of `asked_by` until it has a `friends_since`.
CREATE TABLE friendships (
    app BIGINT NOT NULL,
    low TEXT NOT NULL,
    high TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    friends_since BIGINT,
    PRIMARY KEY (low, high)
) WITHOUT ROWID;

CREATE INDEX friendships_by_high ON friendships (high);

-- A room lives as long as somebody is in it. Its number is never used again.
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    password_hash TEXT,
    member_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX rooms_by_app ON rooms (app, id);

-- The key says that an account is in one room at a time.
CREATE TABLE room_members (
    account TEXT PRIMARY KEY,
    app BIGINT NOT NULL,
    room BIGINT NOT NULL,
    entered_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX room_members_by_room ON room_members (room, entered_at);

-- Whole minutes.
CREATE TABLE time_settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app BIGINT NOT NULL,
    account TEXT NOT NULL UNIQUE,
    total_minutes BIGINT NOT NULL,
    work_minutes BIGINT NOT NULL,
    break_minutes BIGINT NOT NULL
);

-- `value` is what is compared: capitals without dashes. `account` is whose it is.
CREATE TABLE product_keys (
    app BIGINT NOT NULL,
    value TEXT NOT NULL,
    shown TEXT NOT NULL,
    account TEXT,
    registered_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app, value)
) WITHOUT ROWID;

CREATE UNIQUE INDEX product_keys_by_account ON product_keys (account) WHERE account IS NOT NULL;
