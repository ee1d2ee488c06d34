SELECT register_patch('0280-multimodal');

-- Requests to multimodal that bore an Idempotency-Key.
CREATE TABLE idempotency_multimodal (LIKE idempotency_auth INCLUDING ALL);
COMMENT ON TABLE idempotency_multimodal IS 'Requests to multimodal with an Idempotency-Key, and their answers.';
CREATE TRIGGER retention_note AFTER INSERT ON idempotency_multimodal
	FOR EACH ROW EXECUTE FUNCTION retention_note('multimodal', 'idempotency');
