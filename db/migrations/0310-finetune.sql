SELECT register_patch('0310-finetune');

-- Requests to finetune that bore an Idempotency-Key.
CREATE TABLE idempotency_finetune (LIKE idempotency_auth INCLUDING ALL);
COMMENT ON TABLE idempotency_finetune IS 'Requests to finetune with an Idempotency-Key, and their answers.';
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_finetune
	FOR EACH ROW EXECUTE FUNCTION retention_note('finetune', 'idempotency');
