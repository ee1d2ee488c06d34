SELECT register_patch('0085-rag-imports');

-- A store that is made of an archive, which is a file of the tenant. The archive is read twice: once to see that
-- all of it is right, and then to make files, chunks and vectors of it. What was made is written down, so that
-- an import that fails takes all of it away again.

CREATE TABLE vector_import (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	file_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'checking' CHECK (state IN ('checking', 'running', 'completed', 'failed')),
	names_model boolean NOT NULL,
	n_files bigint NOT NULL DEFAULT 0,
	n_done bigint NOT NULL DEFAULT 0,
	position bigint NOT NULL DEFAULT 0,
	error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, store_id),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_store (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE vector_import IS 'Stores that were made of an archive, and how far that is.';
COMMENT ON COLUMN vector_import.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_import.store_id IS 'The store.';
COMMENT ON COLUMN vector_import.file_id IS 'The archive; it may be deleted when the import is over.';
COMMENT ON COLUMN vector_import.state IS 'checking: nothing is made yet; running; completed; failed: what was made is taken away.';
COMMENT ON COLUMN vector_import.names_model IS 'The embedding model was asked for; otherwise it is the archive''s, if there is one of that name.';
COMMENT ON COLUMN vector_import.n_files IS 'Files in the archive; 0 while it is checked.';
COMMENT ON COLUMN vector_import.n_done IS 'Files that have been made.';
COMMENT ON COLUMN vector_import.position IS 'Byte of the archive behind these.';
COMMENT ON COLUMN vector_import.error IS 'Why it failed, for a person; NULL otherwise.';
COMMENT ON COLUMN vector_import.created_at IS 'When it was asked for.';
ALTER TABLE vector_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE vector_import FORCE ROW LEVEL SECURITY;

CREATE TABLE vector_import_file (
	tenant_id uuid NOT NULL,
	store_id uuid NOT NULL,
	number bigint NOT NULL,
	file_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, store_id, number),
	FOREIGN KEY (tenant_id, store_id) REFERENCES vector_import (tenant_id, store_id) ON DELETE CASCADE
);
COMMENT ON TABLE vector_import_file IS 'Files that an import under way has made, or is about to make.';
COMMENT ON COLUMN vector_import_file.tenant_id IS 'The owner.';
COMMENT ON COLUMN vector_import_file.store_id IS 'The store.';
COMMENT ON COLUMN vector_import_file.number IS 'Its place in the archive, from 1.';
COMMENT ON COLUMN vector_import_file.file_id IS 'The file.';
ALTER TABLE vector_import_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE vector_import_file FORCE ROW LEVEL SECURITY;
