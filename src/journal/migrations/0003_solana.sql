-- Transactions of Solana beside those of EVM chains. There a transaction has no nonce: its column
-- holds its number among the key's transactions here. It can land from a slot on, while the block
-- height is at most its last valid one. What was paid is in base units of any native coin.
ALTER TABLE attempts RENAME COLUMN fee_wei TO fee_units;
ALTER TABLE attempts ADD COLUMN from_slot INTEGER;
ALTER TABLE attempts ADD COLUMN last_valid_height INTEGER;
-- The order at an aggregator that lands the transaction for us.
ALTER TABLE attempts ADD COLUMN landing_request TEXT;

CREATE TRIGGER lifetimes_stay BEFORE UPDATE OF from_slot, last_valid_height, landing_request ON attempts
BEGIN SELECT RAISE(ABORT, 'signed bytes never change'); END;
