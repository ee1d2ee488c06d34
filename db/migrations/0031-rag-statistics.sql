SELECT register_patch('0031-rag-statistics');

-- A store belongs to one tenant. Without knowing that, the planner multiplies the two and takes the
-- rows of a store for a single one.
CREATE STATISTICS chunk_owner (dependencies) ON tenant_id, store_id FROM chunk;
CREATE STATISTICS posting_owner (dependencies) ON tenant_id, store_id FROM posting;
CREATE STATISTICS vector_store_file_owner (dependencies) ON tenant_id, store_id FROM vector_store_file;
COMMENT ON STATISTICS chunk_owner IS 'The store tells the tenant.';
COMMENT ON STATISTICS posting_owner IS 'The store tells the tenant.';
COMMENT ON STATISTICS vector_store_file_owner IS 'The store tells the tenant.';
