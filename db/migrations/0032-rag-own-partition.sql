SELECT register_patch('0032-rag-own-partition');

-- Which of the two tables of its dimensions a store's vectors lie in. Said here because a search reads
-- this row anyway, and because whoever changes a store's index holds it locked: a tenant is moved with
-- the rows of its stores locked, its vectors copied into its partition of chunk_vector_N_own, and this
-- set in the same transaction. The copies left behind are never read again and may be deleted later.
ALTER TABLE store_statistics ADD COLUMN own_vectors boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN store_statistics.own_vectors IS 'The vectors lie in the tenant''s own partition, of chunk_vector_N_own.';
