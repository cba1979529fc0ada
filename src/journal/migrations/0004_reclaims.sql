-- Rents of the messages of burns on Solana, which come back five days after the burn. A burn gets its row when
-- it is first looked at.
CREATE TABLE reclaims (
    operation  TEXT PRIMARY KEY REFERENCES operations (id),
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given-up')),
    tries      INTEGER NOT NULL CHECK (tries >= 0),
    next_at    INTEGER NOT NULL,
    reason     TEXT NOT NULL
) STRICT;

CREATE TRIGGER reclaims_stay BEFORE DELETE ON reclaims BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;

CREATE INDEX attempts_of_reclaims ON attempts (created_at) WHERE leg = 'reclaim';
CREATE INDEX attempts_burnt_on_solana ON attempts (created_at)
    WHERE leg = 'burn' AND last_valid_height IS NOT NULL AND state = 'final' AND success = 1;
