SELECT register_patch('0026-model-concurrency');

ALTER TABLE model ADD COLUMN concurrency bigint NOT NULL DEFAULT 0 CHECK (concurrency BETWEEN 0 AND 10000);
COMMENT ON COLUMN model.concurrency IS 'Calls its engine takes at once; 0 for no limit, or, where managed, as many as the engine says.';
