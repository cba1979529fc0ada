-- The plan of arbitrage between chains that an operation is a leg of, or unwinds.
ALTER TABLE operations ADD COLUMN trade TEXT REFERENCES plans (hash);

CREATE INDEX operations_by_trade ON operations (trade, sequence) WHERE trade IS NOT NULL;

CREATE TRIGGER trades_stay BEFORE UPDATE OF trade ON operations
BEGIN SELECT RAISE(ABORT, 'an operation stays with its trade'); END;
