-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in rag's tables.

GRANT SELECT, INSERT, DELETE ON file TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON file_object TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON upload TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON upload_part TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON document TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON store_statistics TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_set, vector_import, vector_import_file TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_file TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_batch TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON vector_store_batch_file TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON ingest_vector TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON vector_store_count TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON storage_change TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE ON storage_limit TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON posting TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk_vector_384, chunk_vector_768, chunk_vector_1024, chunk_vector_1536
	TO bulkhead_rag;
GRANT SELECT, INSERT, DELETE ON chunk_vector_384_own, chunk_vector_768_own, chunk_vector_1024_own,
	chunk_vector_1536_own TO bulkhead_rag;
GRANT SELECT, INSERT, UPDATE, DELETE ON receipt, receipt_count TO bulkhead_rag;
-- Elsewhere these go with their store or stay; only the deletion of a tenant removes them by themselves.
GRANT DELETE ON store_statistics, vector_store_batch_file, storage_limit TO bulkhead_rag;

-- Tables for the vectors of large stores are made and dropped by their owner's functions.
GRANT EXECUTE ON FUNCTION own_vectors_open(uuid, uuid, bigint), own_vectors_close(uuid, uuid, bigint),
	own_vectors_erase(uuid) TO bulkhead_rag;

-- The triggers that count run with the caller's rights.
GRANT EXECUTE ON FUNCTION count_store TO bulkhead_rag;
