-- Every time an operator accepted that a key was used outside the daemon: the journal's next nonce
-- before and after, and why.

CREATE TABLE adoptions (
    id          INTEGER PRIMARY KEY,
    chain       TEXT NOT NULL,
    wallet      TEXT NOT NULL,
    from_nonce  INTEGER,
    to_nonce    INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE TRIGGER adoptions_stay BEFORE DELETE ON adoptions BEGIN SELECT RAISE(ABORT, 'the journal deletes nothing'); END;
