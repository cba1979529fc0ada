-- Copies the recorded rows once for every row of `copies`, with names of their own and later in time.

UPDATE copies SET id = (
    SELECT printf('%08x-%04x', (o.created_at + copies.shift) >> 16, (o.created_at + copies.shift) & 65535)
        || substr(o.id, 14, 11) || lower(hex(randomblob(6)))
    FROM operations o WHERE o.id = copies.old);

CREATE TEMP TABLE of_attempts AS SELECT * FROM attempts;

CREATE TEMP TABLE per_chain AS SELECT chain, COUNT(*) AS count FROM attempts GROUP BY chain;

CREATE TEMP TABLE highest AS SELECT MAX(id) AS id FROM attempts;

CREATE TEMP TABLE last_decision AS SELECT body FROM decisions ORDER BY id DESC LIMIT 1;

INSERT INTO decisions (at, body)
SELECT o.created_at + c.shift, d.body FROM copies c JOIN operations o ON o.id = c.old, last_decision d
ORDER BY c.sequence;

CREATE TEMP TABLE of_plans AS SELECT * FROM plans;

INSERT INTO plans (hash, body, decided_at, accepted_at)
SELECT c.plan, p.body, p.decided_at + c.shift, p.accepted_at + c.shift
FROM copies c JOIN of_plans p ON p.hash = c.old_plan ORDER BY c.sequence;

CREATE TEMP TABLE of_operations AS SELECT * FROM operations;

INSERT INTO operations (sequence, id, plan, step, state, leg, reason, expires_at, created_at, updated_at,
    reserved_at, value, quoted_cost, quoted_gas, realised_cost)
SELECT c.sequence, c.id, c.plan, o.step, o.state, o.leg, o.reason, o.expires_at + c.shift,
    o.created_at + c.shift, o.updated_at + c.shift, o.reserved_at + c.shift, o.value, o.quoted_cost,
    o.quoted_gas, o.realised_cost
FROM copies c JOIN of_operations o ON o.id = c.old ORDER BY c.sequence;

CREATE TEMP TABLE of_timeline AS SELECT * FROM timeline;

INSERT INTO timeline (operation, at, from_state, to_state, leg, reason)
SELECT c.id, t.at + c.shift, t.from_state, t.to_state, t.leg, t.reason
FROM copies c JOIN of_timeline t ON t.operation = c.old ORDER BY c.sequence, t.id;

INSERT INTO attempts (id, operation, leg, chain, wallet, nonce, hash, raw, state, gas_limit, max_fee_per_gas,
    max_priority_fee_per_gas, replaces, cancels, from_slot, last_valid_height, landing_request, block_number, block_hash,
    gas_used, fee_units, fee_usd, success, created_at, updated_at)
SELECT a.id + c.i * h.id, c.id, a.leg, a.chain, a.wallet, a.nonce + c.i * n.count,
    '0x' || lower(hex(randomblob(32))), a.raw, a.state, a.gas_limit, a.max_fee_per_gas,
    a.max_priority_fee_per_gas, a.replaces, a.cancels, a.from_slot, a.last_valid_height, a.landing_request, a.block_number,
    a.block_hash, a.gas_used, a.fee_units, a.fee_usd, a.success, a.created_at + c.shift, a.updated_at + c.shift
FROM copies c JOIN of_attempts a ON a.operation = c.old JOIN per_chain n ON n.chain = a.chain, highest h
ORDER BY c.sequence, a.id;

UPDATE signing_keys SET floor = (
    SELECT MAX(nonce) + 1 FROM attempts a WHERE a.chain = signing_keys.chain AND a.wallet = signing_keys.wallet);

CREATE TEMP TABLE of_messages AS SELECT * FROM bridge_messages;

INSERT INTO bridge_messages (operation, source_message, source_tx, nonce, attested_message, attestation,
    expiration_block)
SELECT c.id, m.source_message, '0x' || lower(hex(randomblob(32))), '0x' || lower(hex(randomblob(32))),
    m.attested_message, m.attestation, m.expiration_block
FROM copies c JOIN of_messages m ON m.operation = c.old ORDER BY c.sequence;

CREATE TEMP TABLE of_entries AS SELECT * FROM entries;

INSERT INTO entries (key, operation, attempt, cause, chain, asset, units, at)
SELECT c.id || '/' || e.cause || '/' || (e.attempt + c.i * h.id), c.id, e.attempt + c.i * h.id, e.cause,
    e.chain, e.asset, e.units, e.at + c.shift
FROM copies c JOIN of_entries e ON e.operation = c.old, highest h ORDER BY c.sequence, e.id;
