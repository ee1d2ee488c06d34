SELECT register_patch('0077-rag-terms');

-- Sections of identifiers, the first places of versions, hardware addresses, names behind an article, pictographs
-- and Persian words in parts have terms of their own: the postings are made anew.
UPDATE store_statistics SET terms_version = 3 WHERE n_chunks = 0;

INSERT INTO job_tenant (tenant_id, queue)
SELECT DISTINCT tenant_id, 'rag' FROM store_statistics WHERE terms_version < 3
ON CONFLICT DO NOTHING;
WITH added AS (
	INSERT INTO job (tenant_id, id, queue, kind, subject, payload)
	SELECT tenant_id, gen_random_uuid(), 'rag', 'reindex_store', store_id, '{}'
	  FROM store_statistics s
	 WHERE terms_version < 3
	   AND NOT EXISTS (
		SELECT FROM job j
		 WHERE j.tenant_id = s.tenant_id AND j.subject = s.store_id AND j.kind = 'reindex_store')
	RETURNING tenant_id, id, queue)
INSERT INTO job_ready (tenant_id, job_id, queue, background)
SELECT tenant_id, id, queue, true FROM added;
