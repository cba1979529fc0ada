-- The journal's tables. Amounts, wei and micro-dollars are decimal text (they exceed 64 bits),
-- hashes and addresses are 0x-hex text, signed bytes and messages are blobs, times are
-- milliseconds since the epoch. Nothing is ever deleted: triggers at the end refuse it.

CREATE TABLE openings (
    id          INTEGER PRIMARY KEY,
    opened_at   INTEGER NOT NULL,
    pid         INTEGER NOT NULL,
    version     TEXT NOT NULL
) STRICT;

CREATE TABLE decisions (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;

CREATE TABLE plans (
    hash        TEXT PRIMARY KEY,
    body        TEXT NOT NULL,
    decided_at  INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE operations (
    sequence      INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    plan          TEXT NOT NULL REFERENCES plans (hash),
    step          TEXT NOT NULL,
    state         TEXT NOT NULL,
    leg           TEXT NOT NULL,
    reason        TEXT,
    expires_at    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    reserved_at   INTEGER,
    value         TEXT NOT NULL,
    quoted_cost   TEXT NOT NULL,
    quoted_gas    TEXT NOT NULL,
    realised_cost TEXT
) STRICT;

CREATE INDEX operations_by_state ON operations (state, sequence);
CREATE INDEX operations_by_plan ON operations (plan);
CREATE INDEX operations_open ON operations (sequence) WHERE state NOT IN ('settled', 'failed');
CREATE INDEX operations_by_reservation ON operations (reserved_at) WHERE reserved_at IS NOT NULL;

CREATE TABLE timeline (
    id          INTEGER PRIMARY KEY,
    operation   TEXT NOT NULL REFERENCES operations (id),
    at          INTEGER NOT NULL,
    from_state  TEXT,
    to_state    TEXT NOT NULL,
    leg         TEXT NOT NULL,
    reason      TEXT
) STRICT;

CREATE INDEX timeline_by_operation ON timeline (operation, id);

-- floor: every nonce below it is spent in a final block, or was spent before this journal began.
CREATE TABLE signing_keys (
    chain       TEXT NOT NULL,
    wallet      TEXT NOT NULL,
    floor       INTEGER NOT NULL CHECK (floor >= 0),
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (chain, wallet)
) STRICT;

CREATE TABLE attempts (
    id                       INTEGER PRIMARY KEY,
    operation                TEXT NOT NULL REFERENCES operations (id),
    leg                      TEXT NOT NULL,
    chain                    TEXT NOT NULL,
    wallet                   TEXT NOT NULL,
    nonce                    INTEGER NOT NULL CHECK (nonce >= 0),
    hash                     TEXT NOT NULL UNIQUE,
    raw                      BLOB NOT NULL,
    state                    TEXT NOT NULL,
    gas_limit                INTEGER NOT NULL,
    max_fee_per_gas          TEXT NOT NULL,
    max_priority_fee_per_gas TEXT NOT NULL,
    replaces                 INTEGER REFERENCES attempts (id),
    block_number             INTEGER,
    block_hash               TEXT,
    gas_used                 INTEGER,
    fee_wei                  TEXT,
    fee_usd                  TEXT,
    success                  INTEGER CHECK (success IN (0, 1)),
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    FOREIGN KEY (chain, wallet) REFERENCES signing_keys (chain, wallet)
) STRICT;

CREATE INDEX attempts_by_operation ON attempts (operation, id);
CREATE INDEX attempts_by_nonce ON attempts (chain, wallet, nonce);
CREATE INDEX attempts_live ON attempts (chain, id)
    WHERE state IN ('signed', 'broadcast', 'included', 'unknown');

CREATE TABLE bridge_messages (
    operation        TEXT PRIMARY KEY REFERENCES operations (id),
    source_message   BLOB NOT NULL,
    source_tx        TEXT NOT NULL,
    nonce            TEXT,
    attested_message BLOB,
    attestation      BLOB,
    expiration_block INTEGER
) STRICT;

-- moved is the running sum of the position's entries that stand; entries are the evidence.
CREATE TABLE positions (
    chain       TEXT NOT NULL,
    asset       TEXT NOT NULL,
    opening     TEXT NOT NULL,
    moved       TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    PRIMARY KEY (chain, asset)
) STRICT;

CREATE TABLE entries (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL,
    operation    TEXT REFERENCES operations (id),
    attempt      INTEGER REFERENCES attempts (id),
    cause        TEXT NOT NULL,
    chain        TEXT NOT NULL,
    asset        TEXT NOT NULL,
    units        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    withdrawn_at INTEGER,
    FOREIGN KEY (chain, asset) REFERENCES positions (chain, asset)
) STRICT;

CREATE UNIQUE INDEX entries_standing ON entries (key) WHERE withdrawn_at IS NULL;
CREATE INDEX entries_by_operation ON entries (operation);
CREATE INDEX entries_by_attempt ON entries (attempt);

CREATE TABLE transit (
    asset       TEXT PRIMARY KEY,
    burnt       TEXT NOT NULL,
    minted      TEXT NOT NULL,
    fees        TEXT NOT NULL
) STRICT;

CREATE TABLE halts (
    id          INTEGER PRIMARY KEY,
    reason      TEXT NOT NULL,
    halted_at   INTEGER NOT NULL,
    resumed_at  INTEGER
) STRICT;

CREATE INDEX halts_standing ON halts (id) WHERE resumed_at IS NULL;

CREATE TRIGGER openings_stay BEFORE DELETE ON openings BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER plans_stay BEFORE DELETE ON plans BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER operations_stay BEFORE DELETE ON operations BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER timeline_stays BEFORE DELETE ON timeline BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER signing_keys_stay BEFORE DELETE ON signing_keys BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER bridge_messages_stay BEFORE DELETE ON bridge_messages BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER positions_stay BEFORE DELETE ON positions BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER transit_stays BEFORE DELETE ON transit BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER halts_stay BEFORE DELETE ON halts BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
CREATE TRIGGER signed_bytes_stay BEFORE UPDATE OF operation, leg, chain, wallet, nonce, hash, raw ON attempts
BEGIN SELECT RAISE(ABORT, 'signed bytes never change'); END;
