-- Whether a transaction only uses up the nonce of another one of its leg: an atomic route whose block has passed.
ALTER TABLE attempts ADD COLUMN cancels INTEGER NOT NULL DEFAULT 0 CHECK (cancels IN (0, 1));

CREATE TRIGGER cancellations_stay BEFORE UPDATE OF cancels ON attempts
BEGIN SELECT RAISE(ABORT, 'signed bytes never change'); END;
