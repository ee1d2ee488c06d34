SELECT register_patch('0088-rerank');

ALTER TABLE model DROP CONSTRAINT model_kind_check,
	ADD CONSTRAINT model_kind_check CHECK (kind IN ('chat', 'embedding', 'rerank'));
ALTER TABLE model_default DROP CONSTRAINT model_default_kind_check,
	ADD CONSTRAINT model_default_kind_check CHECK (kind IN ('chat', 'embedding', 'rerank'));
ALTER TABLE usage_record DROP CONSTRAINT usage_record_kind_check,
	ADD CONSTRAINT usage_record_kind_check CHECK (kind IN ('chat', 'embedding', 'rerank'));
COMMENT ON COLUMN model.kind IS 'chat, embedding or rerank.';
COMMENT ON COLUMN model_default.kind IS 'chat, embedding or rerank.';
COMMENT ON COLUMN usage_record.kind IS 'chat, embedding or rerank.';

ALTER TABLE model ADD COLUMN score_form text NOT NULL DEFAULT 'unit'
	CHECK (score_form IN ('unit', 'logit'));
COMMENT ON COLUMN model.score_form IS 'What a reranker''s scores are: numbers from 0 to 1, or logits of them.';
COMMENT ON COLUMN model.price_out IS 'Nano-units per million output tokens, of a reranker per million search units; null when not known.';
COMMENT ON COLUMN usage_record.completion_tokens IS 'Output tokens; of a rerank call, which has none, its search units.';
COMMENT ON COLUMN usage_total.completion_tokens IS 'Output tokens; of a reranker search units.';
