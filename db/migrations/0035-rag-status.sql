SELECT register_patch('0035-rag-status');

-- Listing a store's files by their status, and the jobs of those in progress when the store is deleted,
-- read all files of the store.
CREATE INDEX vector_store_file_status ON vector_store_file (tenant_id, store_id, status, id);
