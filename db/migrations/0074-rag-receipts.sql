SELECT register_patch('0074-rag-receipts');

-- What a deletion removed is counted where it is removed: in its transactions, by the server's own count of
-- the rows that they deleted, cascades included. A count is added in the transaction that deletes, so that it
-- is right however often a step is interrupted and run again.

CREATE TABLE receipt (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('file', 'vector_store', 'vector_store.file')),
	subject uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	completed_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX receipt_open ON receipt (tenant_id, kind, subject) WHERE completed_at IS NULL;
CREATE INDEX receipt_by_end ON receipt (tenant_id, completed_at) WHERE completed_at IS NOT NULL;
COMMENT ON TABLE receipt IS 'The deletion of a file, of a store or of a file in a store, and whether all of it is gone.';
COMMENT ON COLUMN receipt.tenant_id IS 'The owner.';
COMMENT ON COLUMN receipt.id IS 'rcpt_ and 32 hex digits on the wire.';
COMMENT ON COLUMN receipt.kind IS 'What was deleted, by its object''s name in the API.';
COMMENT ON COLUMN receipt.subject IS 'Its id; of a file in a store, the file''s.';
COMMENT ON COLUMN receipt.created_at IS 'When the deletion was accepted.';
COMMENT ON COLUMN receipt.completed_at IS 'When nothing was left; NULL: a job is still removing.';

CREATE TABLE receipt_count (
	tenant_id uuid NOT NULL,
	receipt_id uuid NOT NULL,
	part text NOT NULL,
	n bigint NOT NULL CHECK (n >= 0),
	PRIMARY KEY (tenant_id, receipt_id, part),
	FOREIGN KEY (tenant_id, receipt_id) REFERENCES receipt (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE receipt_count IS 'What a deletion removed so far.';
COMMENT ON COLUMN receipt_count.tenant_id IS 'The owner.';
COMMENT ON COLUMN receipt_count.receipt_id IS 'The deletion.';
COMMENT ON COLUMN receipt_count.part IS 'A table or partition, posting.rewritten (blocks that lost some of their postings), object or object.bytes.';
COMMENT ON COLUMN receipt_count.n IS 'Rows removed there; objects; bytes.';

CREATE TRIGGER retention_note AFTER INSERT ON receipt
	FOR EACH ROW EXECUTE FUNCTION retention_note('rag', 'receipt');
