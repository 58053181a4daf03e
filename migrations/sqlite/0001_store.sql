-- Everything rmad remembers. Instants are microseconds since 1970, UTC; days are YYYY-MM-DD; lists and values are JSON.

-- How far each mailbox has been read (RFC 9051, section 2.3.1.1), how it was numbered and when that was when it was
-- first seen, and until when one daemon alone files what it holds.
CREATE TABLE cursors (
    mailbox      TEXT PRIMARY KEY,
    uid_validity INTEGER NOT NULL,
    last_uid     INTEGER NOT NULL,
    first_validity INTEGER NOT NULL,
    first_seen_at  INTEGER NOT NULL,
    filing_until INTEGER
) STRICT, WITHOUT ROWID;

-- What lay in a mailbox when it was first seen, and is left alone there: none of it is kept.
CREATE TABLE backlog (
    mailbox      TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (mailbox, uid_validity, uid)
) STRICT, WITHOUT ROWID;

-- The bytes of every message, once, under their SHA-256.
CREATE TABLE message_bytes (
    hash  BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- The ledger: one row for every UID that a mailbox ever listed, but for its backlog. Settled when settled_at is set, waiting until then.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox      TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    hash         BLOB NOT NULL REFERENCES message_bytes (hash),
    size         INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    kept_at      INTEGER NOT NULL,
    filed_at     INTEGER,
    not_before   INTEGER,
    -- of the backlog, to be answered for staff's eyes alone
    in_shadow    INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT,
    party        TEXT,
    message_id   TEXT,
    class        TEXT,
    outcome      TEXT,
    flags        TEXT NOT NULL DEFAULT '[]',
    case_number  TEXT REFERENCES cases (number) DEFERRABLE INITIALLY DEFERRED,
    -- in quarantine: why, as a word and as a sentence, and when a person had seen to it
    cause        TEXT,
    defect       TEXT,
    dismissed_at INTEGER,
    duplicate_of INTEGER REFERENCES messages (id),
    settled_at   INTEGER,
    UNIQUE (mailbox, uid_validity, uid, hash),
    CHECK (settled_at IS NOT NULL OR COALESCE(outcome, defect, case_number) IS NULL AND duplicate_of IS NULL),
    CHECK ((cause IS NULL) = (defect IS NULL) AND (defect IS NOT NULL OR dismissed_at IS NULL))
) STRICT;
CREATE INDEX messages_waiting ON messages (received_at, id) WHERE settled_at IS NULL;
CREATE INDEX messages_set_back ON messages (party) WHERE settled_at IS NULL AND party IS NOT NULL;
CREATE INDEX messages_unfiled ON messages (mailbox, uid_validity, id) WHERE filed_at IS NULL;
CREATE INDEX messages_hash ON messages (hash);
CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_quarantined ON messages (settled_at, id) WHERE defect IS NOT NULL AND dismissed_at IS NULL;
CREATE INDEX messages_case ON messages (case_number, id) WHERE case_number IS NOT NULL;

-- A case as a whole is JSON; what is searched for stands beside it.
CREATE TABLE cases (
    number     TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    state      TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    customer   TEXT NOT NULL,
    rma_number TEXT,
    whole      TEXT NOT NULL,
    -- since when a person has to look at it
    for_staff_since INTEGER
) STRICT;
CREATE INDEX cases_state ON cases (state, since, number);
CREATE INDEX cases_for_staff ON cases (for_staff_since, number) WHERE for_staff_since IS NOT NULL;

CREATE TABLE participants (
    case_number TEXT NOT NULL REFERENCES cases (number),
    address     TEXT NOT NULL,
    PRIMARY KEY (address, case_number)
) STRICT, WITHOUT ROWID;

-- The audit trail of a case, or of a message that belongs to none.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number TEXT REFERENCES cases (number),
    message     INTEGER REFERENCES messages (id),
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    what        TEXT NOT NULL,
    state       TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX events_case ON events (case_number, id);
CREATE INDEX events_message ON events (message, id);

CREATE TABLE rmas (
    number         TEXT PRIMARY KEY,
    case_number    TEXT NOT NULL REFERENCES cases (number),
    account_number TEXT NOT NULL,
    issued_on      TEXT NOT NULL,
    expires_on     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rmas_account ON rmas (account_number, issued_on);
CREATE INDEX rmas_case ON rmas (case_number);

CREATE TABLE rma_units (
    rma_number     TEXT NOT NULL REFERENCES rmas (number),
    position       INTEGER NOT NULL,
    invoice_number TEXT NOT NULL,
    line           INTEGER NOT NULL,
    serial_number  TEXT,
    quantity       INTEGER NOT NULL,
    -- expected, received, inspected, or how its return ended
    stage          TEXT NOT NULL,
    -- refunded, credited or replaced: its customer has no further claim on it
    gone           TEXT,
    PRIMARY KEY (rma_number, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX rma_units_unit ON rma_units (invoice_number, line);

-- What happened to each unit after it was sold.
CREATE TABLE unit_ledger (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    invoice_number TEXT NOT NULL,
    part_number    TEXT NOT NULL,
    serial_number  TEXT NOT NULL,
    on_day         TEXT NOT NULL,
    what           TEXT NOT NULL,
    other_serial   TEXT,
    rma_number     TEXT REFERENCES rmas (number)
) STRICT;
CREATE INDEX unit_ledger_serial ON unit_ledger (serial_number, id);

-- Orders whose cancellation was accepted. Staff void each, and say when.
CREATE TABLE cancelled_orders (
    invoice_number TEXT PRIMARY KEY,
    case_number    TEXT NOT NULL REFERENCES cases (number),
    cancelled_at   INTEGER NOT NULL,
    voided_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX cancelled_orders_to_void ON cancelled_orders (cancelled_at, invoice_number) WHERE voided_at IS NULL;

-- The last number given of each kind.
CREATE TABLE counters (
    kind TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to be sent, was sent, or was prepared for staff.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id   TEXT NOT NULL UNIQUE,
    case_number  TEXT REFERENCES cases (number),
    template     TEXT NOT NULL,
    occasion     TEXT,
    reverse_path TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    -- the recipient without its detail (RFC 5233): one mailbox, whatever stands behind its +
    mailbox      TEXT NOT NULL,
    subject      TEXT NOT NULL,
    text         TEXT NOT NULL,
    raw          BLOB NOT NULL,
    withheld     TEXT,
    recorded_at  INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('recorded', 'withheld', 'accepted', 'refused', 'given_up')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER,
    answer       TEXT,
    ended_at     INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE state = 'recorded';
-- what of a case waits to be sent: an earlier message goes first
CREATE INDEX outbox_waiting ON outbox (case_number, id, not_before) WHERE state = 'recorded';
CREATE INDEX outbox_case ON outbox (case_number, id);
CREATE INDEX outbox_recorded ON outbox (recorded_at);
CREATE INDEX outbox_mailbox ON outbox (mailbox, recorded_at) WHERE withheld IS NULL;
CREATE UNIQUE INDEX outbox_occasion ON outbox (COALESCE(case_number, ''), occasion) WHERE occasion IS NOT NULL;
CREATE INDEX outbox_unsent ON outbox (COALESCE(ended_at, recorded_at), id)
    WHERE state IN ('withheld', 'refused', 'given_up');
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state IN ('accepted', 'refused', 'given_up');

-- Addresses that mail of ours came back from for good: nothing goes there until a person releases the case it was
-- written in.
CREATE TABLE undeliverable (
    address     TEXT PRIMARY KEY,
    case_number TEXT NOT NULL REFERENCES cases (number) DEFERRABLE INITIALLY DEFERRED,
    since       INTEGER NOT NULL,
    why         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When all sending was stopped, and when a person let it go on.
CREATE TABLE stops (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    stopped_at   INTEGER NOT NULL,
    stopped_by   TEXT NOT NULL,
    why          TEXT NOT NULL,
    resumed_at   INTEGER,
    resumed_by   TEXT,
    resumed_why  TEXT
) STRICT;
CREATE UNIQUE INDEX stops_one ON stops ((resumed_at IS NULL)) WHERE resumed_at IS NULL;
