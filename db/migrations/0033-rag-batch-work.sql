SELECT register_patch('0033-rag-batch-work');

-- A batch and the work for its files are not the same: a file may be attached anew, by another batch or
-- by none. A batch stops only what it began itself, and keeps how that ended once the file starts again.
ALTER TABLE vector_store_batch_file
	ADD COLUMN job_id uuid,
	ADD COLUMN outcome text CHECK (outcome IN ('completed', 'failed', 'cancelled'));
COMMENT ON COLUMN vector_store_batch_file.job_id IS 'The job that the batch began for the file; NULL where it found the file done or under way.';
COMMENT ON COLUMN vector_store_batch_file.outcome IS 'How the file had ended when it was attached anew; NULL while its own row says it.';

-- Work under way belongs to the batch made in the same transaction, whose time is the same.
UPDATE vector_store_batch_file AS m
   SET job_id = v.job_id
  FROM vector_store_file AS v, vector_store_batch AS b
 WHERE v.tenant_id = m.tenant_id AND v.store_id = m.store_id AND v.file_id = m.file_id
   AND v.status = 'in_progress'
   AND b.tenant_id = m.tenant_id AND b.store_id = m.store_id AND b.id = m.batch_id
   AND b.created_at = v.created_at;
