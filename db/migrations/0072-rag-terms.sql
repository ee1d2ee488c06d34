SELECT register_patch('0072-rag-terms');

-- What the postings of a store were made by. A store of an older release goes on answering: the words as they are
-- written are terms of both. Its job makes the postings anew; until then, what is removed from it is found by a walk
-- over all of its postings.
ALTER TABLE store_statistics ADD COLUMN languages bigint NOT NULL DEFAULT 0,
	ADD COLUMN terms_version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN store_statistics.languages IS 'Languages that its chunks are stemmed by, as bits (text/stem.h); 0: English.';
COMMENT ON COLUMN store_statistics.terms_version IS 'Which terms its postings hold (text/terms.h).';
COMMENT ON COLUMN store_statistics.total_terms IS 'Sum of their lengths in words.';

-- The length of a chunk is in its postings; when it is removed it is counted again.
ALTER TABLE chunk DROP COLUMN n_terms;
COMMENT ON COLUMN posting.term IS 'A stem, a word as it is written, or another spelling; at most 64 bytes.';
COMMENT ON COLUMN posting.data IS 'Per chunk three varints: distance to the one before, occurrences, length in words.';

UPDATE store_statistics SET terms_version = 2 WHERE n_chunks = 0;

INSERT INTO job_tenant (tenant_id, queue)
SELECT DISTINCT tenant_id, 'rag' FROM store_statistics WHERE terms_version < 2
ON CONFLICT DO NOTHING;
WITH added AS (
	INSERT INTO job (tenant_id, id, queue, kind, subject, payload)
	SELECT tenant_id, gen_random_uuid(), 'rag', 'reindex_store', store_id, '{}'
	  FROM store_statistics
	 WHERE terms_version < 2
	RETURNING tenant_id, id, queue)
INSERT INTO job_ready (tenant_id, job_id, queue, background)
SELECT tenant_id, id, queue, true FROM added;
