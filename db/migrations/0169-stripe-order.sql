SELECT register_patch('0169-stripe-order');

-- In the order in which they were owed: ids that are made of what a row is about do not rise with time.
DROP INDEX stripe_outbox_waiting;
CREATE INDEX stripe_outbox_waiting ON stripe_outbox (tenant_id, created_at, id) WHERE state = 'waiting';
COMMENT ON COLUMN stripe_outbox.id IS 'Made of what it is about, or new: the idempotency key is made of it.';
