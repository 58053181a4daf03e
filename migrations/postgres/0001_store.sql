-- Everything rmad remembers.

-- SQLite's json_each for an array of texts, so that a statement that takes a list is written once for both.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT)
LANGUAGE sql IMMUTABLE ROWS 20
AS $$ SELECT jsonb_array_elements_text(list::jsonb) $$;

-- How far each mailbox has been read (RFC 9051, section 2.3.1.1), how it was numbered and when that was when it was
-- first seen, and until when one daemon alone files what it holds.
CREATE TABLE cursors (
    mailbox      TEXT PRIMARY KEY,
    uid_validity BIGINT NOT NULL,
    last_uid     BIGINT NOT NULL,
    first_validity BIGINT NOT NULL,
    first_seen_at  TIMESTAMPTZ NOT NULL,
    filing_until TIMESTAMPTZ
);

-- What lay in a mailbox when it was first seen, and is left alone there: none of it is kept.
CREATE TABLE backlog (
    mailbox      TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid          BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    seen_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (mailbox, uid_validity, uid)
);

-- The bytes of every message, once, under their SHA-256.
CREATE TABLE message_bytes (
    hash  BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- A case as a whole is JSON; what is searched for stands beside it.
CREATE TABLE cases (
    number     TEXT PRIMARY KEY,
    version    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    opened_at  TIMESTAMPTZ NOT NULL,
    since      TIMESTAMPTZ NOT NULL,
    customer   TEXT NOT NULL,
    rma_number TEXT,
    whole      JSONB NOT NULL,
    -- since when a person has to look at it
    for_staff_since TIMESTAMPTZ
);
CREATE INDEX cases_state ON cases (state, since, number);
CREATE INDEX cases_for_staff ON cases (for_staff_since, number) WHERE for_staff_since IS NOT NULL;

-- The ledger: one row for every UID that a mailbox ever listed, but for its backlog. Settled when settled_at is set, waiting until then.
CREATE TABLE messages (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox      TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid          BIGINT NOT NULL,
    hash         BYTEA NOT NULL REFERENCES message_bytes (hash),
    size         BIGINT NOT NULL,
    received_at  TIMESTAMPTZ NOT NULL,
    kept_at      TIMESTAMPTZ NOT NULL,
    filed_at     TIMESTAMPTZ,
    not_before   TIMESTAMPTZ,
    -- of the backlog, to be answered for staff's eyes alone
    in_shadow    BOOLEAN NOT NULL DEFAULT FALSE,
    attempts     BIGINT NOT NULL DEFAULT 0,
    last_error   TEXT,
    party        TEXT,
    message_id   TEXT,
    class        TEXT,
    outcome      TEXT,
    flags        JSONB NOT NULL DEFAULT '[]',
    case_number  TEXT REFERENCES cases (number) DEFERRABLE INITIALLY DEFERRED,
    -- in quarantine: why, as a word and as a sentence, and when a person had seen to it
    cause        TEXT,
    defect       TEXT,
    dismissed_at TIMESTAMPTZ,
    duplicate_of BIGINT REFERENCES messages (id),
    settled_at   TIMESTAMPTZ,
    UNIQUE (mailbox, uid_validity, uid, hash),
    CHECK (settled_at IS NOT NULL OR COALESCE(outcome, defect, case_number) IS NULL AND duplicate_of IS NULL),
    CHECK ((cause IS NULL) = (defect IS NULL) AND (defect IS NOT NULL OR dismissed_at IS NULL))
);
CREATE INDEX messages_waiting ON messages (received_at, id) WHERE settled_at IS NULL;
CREATE INDEX messages_set_back ON messages (party) WHERE settled_at IS NULL AND party IS NOT NULL;
CREATE INDEX messages_unfiled ON messages (mailbox, uid_validity, id) WHERE filed_at IS NULL;
CREATE INDEX messages_hash ON messages (hash);
CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_quarantined ON messages (settled_at, id) WHERE defect IS NOT NULL AND dismissed_at IS NULL;
CREATE INDEX messages_case ON messages (case_number, id) WHERE case_number IS NOT NULL;

CREATE TABLE participants (
    case_number TEXT NOT NULL REFERENCES cases (number),
    address     TEXT NOT NULL,
    PRIMARY KEY (address, case_number)
);

-- The audit trail of a case, or of a message that belongs to none.
CREATE TABLE events (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_number TEXT REFERENCES cases (number),
    message     BIGINT REFERENCES messages (id),
    at          TIMESTAMPTZ NOT NULL,
    actor       TEXT NOT NULL,
    what        TEXT NOT NULL,
    state       TEXT,
    detail      JSONB NOT NULL
);
CREATE INDEX events_case ON events (case_number, id);
CREATE INDEX events_message ON events (message, id);

CREATE TABLE rmas (
    number         TEXT PRIMARY KEY,
    case_number    TEXT NOT NULL REFERENCES cases (number),
    account_number TEXT NOT NULL,
    issued_on      DATE NOT NULL,
    expires_on     DATE NOT NULL
);
CREATE INDEX rmas_account ON rmas (account_number, issued_on);
CREATE INDEX rmas_case ON rmas (case_number);

CREATE TABLE rma_units (
    rma_number     TEXT NOT NULL REFERENCES rmas (number),
    position       BIGINT NOT NULL,
    invoice_number TEXT NOT NULL,
    line           BIGINT NOT NULL,
    serial_number  TEXT,
    quantity       BIGINT NOT NULL,
    -- expected, received, inspected, or how its return ended
    stage          TEXT NOT NULL,
    -- refunded, credited or replaced: its customer has no further claim on it
    gone           TEXT,
    PRIMARY KEY (rma_number, position)
);
CREATE INDEX rma_units_unit ON rma_units (invoice_number, line);

-- What happened to each unit after it was sold.
CREATE TABLE unit_ledger (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_number TEXT NOT NULL,
    part_number    TEXT NOT NULL,
    serial_number  TEXT NOT NULL,
    on_day         DATE NOT NULL,
    what           TEXT NOT NULL,
    other_serial   TEXT,
    rma_number     TEXT REFERENCES rmas (number)
);
CREATE INDEX unit_ledger_serial ON unit_ledger (serial_number, id);

-- Orders whose cancellation was accepted. Staff void each, and say when.
CREATE TABLE cancelled_orders (
    invoice_number TEXT PRIMARY KEY,
    case_number    TEXT NOT NULL REFERENCES cases (number),
    cancelled_at   TIMESTAMPTZ NOT NULL,
    voided_at      TIMESTAMPTZ
);
CREATE INDEX cancelled_orders_to_void ON cancelled_orders (cancelled_at, invoice_number) WHERE voided_at IS NULL;

-- The last number given of each kind.
CREATE TABLE counters (
    kind TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What is to be sent, was sent, or was prepared for staff.
CREATE TABLE outbox (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    raw          BYTEA NOT NULL,
    withheld     TEXT,
    recorded_at  TIMESTAMPTZ NOT NULL,
    not_before   TIMESTAMPTZ NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('recorded', 'withheld', 'accepted', 'refused', 'given_up')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    leased_until TIMESTAMPTZ,
    answer       TEXT,
    ended_at     TIMESTAMPTZ
);
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
    since       TIMESTAMPTZ NOT NULL,
    why         TEXT NOT NULL
);

-- When all sending was stopped, and when a person let it go on.
CREATE TABLE stops (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stopped_at   TIMESTAMPTZ NOT NULL,
    stopped_by   TEXT NOT NULL,
    why          TEXT NOT NULL,
    resumed_at   TIMESTAMPTZ,
    resumed_by   TEXT,
    resumed_why  TEXT
);
CREATE UNIQUE INDEX stops_one ON stops ((resumed_at IS NULL)) WHERE resumed_at IS NULL;
