SELECT register_patch('0092-rag-import-check');

-- The check of a large archive takes turns, like everything that takes long, and the next turn begins behind the
-- files that were checked.
ALTER TABLE vector_import
	ADD COLUMN checked_files bigint NOT NULL DEFAULT 0,
	ADD COLUMN checked_position bigint NOT NULL DEFAULT 0,
	ADD COLUMN checked_chunks bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN vector_import.checked_files IS 'Files that were read and found right, while state is checking.';
COMMENT ON COLUMN vector_import.checked_position IS 'Byte of the archive behind these.';
COMMENT ON COLUMN vector_import.checked_chunks IS 'How many chunks they have.';
