SELECT register_patch('0030-rag');

-- Files, vector stores, and what ingestion makes of them. A chunk's number (chunk_id) is counted per
-- store and never used twice, so the postings of a store can be packed in ascending order.

CREATE TABLE file (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	filename text NOT NULL CHECK (octet_length(filename) BETWEEN 1 AND 255),
	purpose text NOT NULL CHECK (purpose IN ('assistants', 'batch', 'fine-tune', 'vision', 'user_data')),
	bytes bigint NOT NULL CHECK (bytes >= 0),
	sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
	content_type text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE file IS 'An uploaded file; its bytes are the object of the same id.';
COMMENT ON COLUMN file.tenant_id IS 'The owner.';
COMMENT ON COLUMN file.id IS 'Also the name of the object; file- and 32 hex digits on the wire.';
COMMENT ON COLUMN file.filename IS 'As the client named it, without folders.';
COMMENT ON COLUMN file.purpose IS 'As the client stated it.';
COMMENT ON COLUMN file.bytes IS 'Size of the object.';
COMMENT ON COLUMN file.sha256 IS 'SHA-256 of the object.';
COMMENT ON COLUMN file.content_type IS 'As the client stated it; a hint for the extractor.';
COMMENT ON COLUMN file.created_at IS 'When the upload was accepted.';
COMMENT ON COLUMN file.expires_at IS 'When its job deletes it; NULL: never.';

CREATE TABLE document (
	tenant_id uuid NOT NULL,
	file_id uuid NOT NULL,
	format text NOT NULL,
	title text NOT NULL,
	pages bigint NOT NULL,
	characters bigint NOT NULL,
	text text NOT NULL,
	blocks bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, file_id),
	FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE document IS 'The extracted text of a file, shared by all stores that hold the file.';
COMMENT ON COLUMN document.tenant_id IS 'The owner.';
COMMENT ON COLUMN document.file_id IS 'The file it was extracted from.';
COMMENT ON COLUMN document.format IS 'The format the extractor found.';
COMMENT ON COLUMN document.title IS 'The document''s own title, or empty.';
COMMENT ON COLUMN document.pages IS 'Number of pages; 0 for formats without.';
COMMENT ON COLUMN document.characters IS 'Code points of the text.';
COMMENT ON COLUMN document.text IS 'The whole text; every offset on the wire counts its code points.';
COMMENT ON COLUMN document.blocks IS 'The structure found (kind, level, page, range, header), packed by rag.';
COMMENT ON COLUMN document.created_at IS 'When it was extracted.';

CREATE TABLE vector_store (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL,
	description text NOT NULL,
	metadata jsonb NOT NULL,
	embedding_model text NOT NULL,
	dimensions bigint CHECK (dimensions IN (384, 768, 1024, 1536)),
	expires_days bigint CHECK (expires_days BETWEEN 1 AND 365),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_active_at timestamptz NOT NULL DEFAULT now(),
	expired_at timestamptz,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE vector_store IS 'A named set of files that is searched together.';
COMMENT ON COLUMN vector_store.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_store.id IS 'vs_ and 32 hex digits on the wire.';
COMMENT ON COLUMN vector_store.name IS 'Free text, never null, may be empty.';
COMMENT ON COLUMN vector_store.description IS 'Free text, may be empty.';
COMMENT ON COLUMN vector_store.metadata IS 'At most 16 pairs of strings, the client''s own.';
COMMENT ON COLUMN vector_store.embedding_model IS 'The model of all its vectors, fixed at creation.';
COMMENT ON COLUMN vector_store.dimensions IS 'The model''s dimensions; NULL until the model could be asked.';
COMMENT ON COLUMN vector_store.expires_days IS 'Days after the last activity until it expires; NULL: never.';
COMMENT ON COLUMN vector_store.created_at IS 'When it was made.';
COMMENT ON COLUMN vector_store.last_active_at IS 'When it was last searched or changed.';
COMMENT ON COLUMN vector_store.expired_at IS 'When its job emptied it; NULL while alive.';

CREATE TABLE store_statistics (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	n_chunks bigint NOT NULL DEFAULT 0 CHECK (n_chunks >= 0),
	total_terms bigint NOT NULL DEFAULT 0 CHECK (total_terms >= 0),
	next_chunk bigint NOT NULL DEFAULT 1,
	parts_max bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, store_id),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_store (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE store_statistics IS 'What BM25 must know of a store; locked by whoever changes its index.';
COMMENT ON COLUMN store_statistics.tenant_id IS 'The owner.';
COMMENT ON COLUMN store_statistics.store_id IS 'The store.';
COMMENT ON COLUMN store_statistics.n_chunks IS 'Chunks indexed.';
COMMENT ON COLUMN store_statistics.total_terms IS 'Sum of their lengths in terms.';
COMMENT ON COLUMN store_statistics.next_chunk IS 'The number the next chunk gets.';
COMMENT ON COLUMN store_statistics.parts_max IS 'Most vectors any chunk of this store ever had.';

CREATE TABLE vector_store_file (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	file_id uuid NOT NULL,
	id uuid NOT NULL,
	job_id uuid NOT NULL,
	status text NOT NULL CHECK (status IN ('in_progress', 'completed', 'cancelled', 'failed')),
	attributes jsonb NOT NULL,
	chunking text NOT NULL CHECK (chunking IN ('auto', 'static')),
	chunk_tokens bigint NOT NULL CHECK (chunk_tokens BETWEEN 100 AND 4096),
	overlap_tokens bigint NOT NULL CHECK (overlap_tokens BETWEEN 0 AND chunk_tokens / 2),
	usage_bytes bigint NOT NULL DEFAULT 0,
	error_code text CHECK (error_code IN ('server_error', 'unsupported_file', 'invalid_file')),
	error_message text,
	stage text NOT NULL DEFAULT 'queued',
	stage_done bigint NOT NULL DEFAULT 0,
	stage_total bigint NOT NULL DEFAULT 0,
	chunk_first bigint NOT NULL DEFAULT 0,
	n_chunks bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, store_id, file_id),
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_store (tenant_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id)
);
CREATE INDEX vector_store_file_order ON vector_store_file (tenant_id, store_id, id);
CREATE INDEX vector_store_file_file ON vector_store_file (tenant_id, file_id);
COMMENT ON TABLE vector_store_file IS 'A file in a store: its state, and where its chunks are.';
COMMENT ON COLUMN vector_store_file.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_store_file.store_id IS 'The store.';
COMMENT ON COLUMN vector_store_file.file_id IS 'The file; also its id on the wire.';
COMMENT ON COLUMN vector_store_file.id IS 'This attachment: subject of its job, new when a file is attached again; gives lists their order.';
COMMENT ON COLUMN vector_store_file.job_id IS 'The job that ingests it.';
COMMENT ON COLUMN vector_store_file.status IS 'As on the wire.';
COMMENT ON COLUMN vector_store_file.attributes IS 'At most 16 pairs, which filters compare.';
COMMENT ON COLUMN vector_store_file.chunking IS 'What was asked for: auto or static.';
COMMENT ON COLUMN vector_store_file.chunk_tokens IS 'Most tokens of a chunk.';
COMMENT ON COLUMN vector_store_file.overlap_tokens IS 'Tokens that neighbouring chunks share.';
COMMENT ON COLUMN vector_store_file.usage_bytes IS 'Bytes of its chunks and vectors.';
COMMENT ON COLUMN vector_store_file.error_code IS 'Why it failed; NULL otherwise.';
COMMENT ON COLUMN vector_store_file.error_message IS 'The same for a person.';
COMMENT ON COLUMN vector_store_file.stage IS 'Where ingestion is: queued, extracting, chunking, embedding, indexing, done.';
COMMENT ON COLUMN vector_store_file.stage_done IS 'Pages, chunks or vectors done in this stage.';
COMMENT ON COLUMN vector_store_file.stage_total IS 'The same in all; 0 while unknown.';
COMMENT ON COLUMN vector_store_file.chunk_first IS 'Number of its first chunk; its chunks follow each other.';
COMMENT ON COLUMN vector_store_file.n_chunks IS 'Number of its chunks.';
COMMENT ON COLUMN vector_store_file.created_at IS 'When it was attached.';
COMMENT ON COLUMN vector_store_file.changed_at IS 'When status or stage last changed.';

CREATE TABLE vector_store_batch (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	store_id uuid NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	cancelled_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, store_id, id),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_store (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE vector_store_batch IS 'Files attached with one request; counts and state come from their rows.';
COMMENT ON COLUMN vector_store_batch.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_store_batch.id IS 'vsfb_ and 32 hex digits on the wire.';
COMMENT ON COLUMN vector_store_batch.store_id IS 'The store.';
COMMENT ON COLUMN vector_store_batch.created_at IS 'When it was made.';
COMMENT ON COLUMN vector_store_batch.cancelled_at IS 'When somebody cancelled it; NULL otherwise.';

CREATE TABLE vector_store_batch_file (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	batch_id uuid NOT NULL,
	file_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, store_id, batch_id, file_id),
	FOREIGN KEY (tenant_id, store_id, batch_id)
		REFERENCES vector_store_batch (tenant_id, store_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, store_id, file_id)
		REFERENCES vector_store_file (tenant_id, store_id, file_id) ON DELETE CASCADE
);
CREATE INDEX vector_store_batch_file_file ON vector_store_batch_file (tenant_id, store_id, file_id);
COMMENT ON TABLE vector_store_batch_file IS 'Which files a batch attached.';
COMMENT ON COLUMN vector_store_batch_file.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_store_batch_file.store_id IS 'The store.';
COMMENT ON COLUMN vector_store_batch_file.batch_id IS 'The batch.';
COMMENT ON COLUMN vector_store_batch_file.file_id IS 'The file.';

-- Staging: vectors paid for but not yet searchable. Keyed by the hash of the embedded text, so that
-- a job that is run again finds what it has whichever way its chunks are numbered.
CREATE TABLE ingest_vector (
	tenant_id uuid NOT NULL,
	attachment_id uuid NOT NULL,
	text_hash bytea NOT NULL CHECK (octet_length(text_hash) = 32),
	embedding vector NOT NULL,
	PRIMARY KEY (tenant_id, attachment_id, text_hash),
	FOREIGN KEY (tenant_id, attachment_id)
		REFERENCES vector_store_file (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE ingest_vector IS 'Vectors of a file that is being ingested; gone when it is done.';
COMMENT ON COLUMN ingest_vector.tenant_id IS 'The owner.';
COMMENT ON COLUMN ingest_vector.attachment_id IS 'The attachment being ingested.';
COMMENT ON COLUMN ingest_vector.text_hash IS 'SHA-256 of the embedded text.';
COMMENT ON COLUMN ingest_vector.embedding IS 'Its normalised vector.';

-- The index proper. No foreign keys: a deleted store's rows are purged in bounded steps by a job, and
-- nothing finds them without the store's own row.
CREATE TABLE chunk (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	chunk_id bigint NOT NULL,
	file_id uuid NOT NULL,
	start_at bigint NOT NULL,
	end_at bigint NOT NULL,
	page_start bigint NOT NULL,
	page_end bigint NOT NULL,
	n_terms bigint NOT NULL,
	heading text NOT NULL,
	text text NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id)
);
COMMENT ON TABLE chunk IS 'A passage of a document, as it is found and cited.';
COMMENT ON COLUMN chunk.tenant_id IS 'The owner.';
COMMENT ON COLUMN chunk.store_id IS 'The store.';
COMMENT ON COLUMN chunk.chunk_id IS 'Number within the store, never used twice.';
COMMENT ON COLUMN chunk.file_id IS 'The file.';
COMMENT ON COLUMN chunk.start_at IS 'First code point in the document''s text.';
COMMENT ON COLUMN chunk.end_at IS 'One past the last.';
COMMENT ON COLUMN chunk.page_start IS 'First page, from 1; 0 for formats without pages.';
COMMENT ON COLUMN chunk.page_end IS 'Last page.';
COMMENT ON COLUMN chunk.n_terms IS 'Length in terms, heading path included, for BM25.';
COMMENT ON COLUMN chunk.heading IS 'Path of headings above it; embedded and indexed, not part of the text.';
COMMENT ON COLUMN chunk.text IS 'Exactly the document''s text from start_at to end_at.';

CREATE TABLE posting (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	term text NOT NULL,
	chunk_first bigint NOT NULL,
	chunk_last bigint NOT NULL,
	n bigint NOT NULL CHECK (n > 0),
	data bytea STORAGE PLAIN NOT NULL CHECK (octet_length(data) <= 2000),
	PRIMARY KEY (tenant_id, store_id, term, chunk_first)
) WITH (fillfactor = 85);
COMMENT ON TABLE posting IS 'Where a term occurs in a store, packed in blocks of ascending chunk numbers.';
COMMENT ON COLUMN posting.tenant_id IS 'The owner.';
COMMENT ON COLUMN posting.store_id IS 'The store.';
COMMENT ON COLUMN posting.term IS 'The folded word, at most 64 bytes.';
COMMENT ON COLUMN posting.chunk_first IS 'First chunk of the block.';
COMMENT ON COLUMN posting.chunk_last IS 'Last chunk of the block.';
COMMENT ON COLUMN posting.n IS 'Chunks in the block; their sum over a term is its document frequency.';
COMMENT ON COLUMN posting.data IS 'Per chunk three varints: distance to the one before, occurrences, length in terms.';

CREATE TABLE chunk_vector_384 (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(384) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY HASH (tenant_id);
CREATE TABLE chunk_vector_768 (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(768) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY HASH (tenant_id);
CREATE TABLE chunk_vector_1024 (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(1024) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY HASH (tenant_id);
CREATE TABLE chunk_vector_1536 (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(1536) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY HASH (tenant_id);

CREATE TABLE chunk_vector_384_own (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(384) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY LIST (tenant_id);
CREATE TABLE chunk_vector_768_own (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(768) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY LIST (tenant_id);
CREATE TABLE chunk_vector_1024_own (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(1024) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY LIST (tenant_id);
CREATE TABLE chunk_vector_1536_own (
	tenant_id uuid NOT NULL, store_id uuid NOT NULL, chunk_id bigint NOT NULL, part bigint NOT NULL,
	file_id uuid NOT NULL, embedding vector(1536) STORAGE PLAIN NOT NULL,
	PRIMARY KEY (tenant_id, store_id, chunk_id, part)
) PARTITION BY LIST (tenant_id);

-- Sixteen leaves each, then row security and comments for parents and leaves alike: a leaf starts
-- without either.
DO $$
DECLARE
	dimensions int;
	leaf int;
	tree text;
	name text;
BEGIN
	FOREACH dimensions IN ARRAY ARRAY[384, 768, 1024, 1536] LOOP
		FOR leaf IN 0..15 LOOP
			EXECUTE format('CREATE TABLE chunk_vector_%s_%s PARTITION OF chunk_vector_%s'
				' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', dimensions, lpad(leaf::text, 2, '0'), dimensions, leaf);
			EXECUTE format('ALTER TABLE chunk_vector_%s_%s ALTER COLUMN embedding SET STORAGE PLAIN',
				dimensions, lpad(leaf::text, 2, '0'));
		END LOOP;
		FOREACH tree IN ARRAY ARRAY['', '_own'] LOOP
			FOR name IN
				SELECT relid::text FROM pg_partition_tree(format('chunk_vector_%s%s', dimensions, tree)::regclass)
			LOOP
				EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
				EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
				EXECUTE format('COMMENT ON TABLE %s IS %L', name, CASE tree
					WHEN '' THEN 'Vectors of tenants that share; exact search, so no vector index.'
					ELSE 'Vectors of tenants that outgrew sharing, one partition each; no DEFAULT partition.' END);
				EXECUTE format('COMMENT ON COLUMN %s.tenant_id IS %L', name, 'The owner.');
				EXECUTE format('COMMENT ON COLUMN %s.store_id IS %L', name, 'The store.');
				EXECUTE format('COMMENT ON COLUMN %s.chunk_id IS %L', name, 'The chunk, by its number in the store.');
				EXECUTE format('COMMENT ON COLUMN %s.part IS %L', name,
					'From 0; a chunk longer than the model reads has several vectors.');
				EXECUTE format('COMMENT ON COLUMN %s.file_id IS %L', name, 'The file, for filters.');
				EXECUTE format('COMMENT ON COLUMN %s.embedding IS %L', name, 'Normalised to length 1.');
			END LOOP;
		END LOOP;
	END LOOP;

	FOREACH name IN ARRAY ARRAY['file', 'document', 'vector_store', 'store_statistics', 'vector_store_file',
		'vector_store_batch', 'vector_store_batch_file', 'ingest_vector', 'chunk', 'posting'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
	END LOOP;
END
$$;
