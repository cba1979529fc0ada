-- What swaps brought, newest first: haircuts are made of the last ones.
CREATE INDEX entries_of_swaps ON entries (id) WHERE cause = 'swap-out' AND withdrawn_at IS NULL;
