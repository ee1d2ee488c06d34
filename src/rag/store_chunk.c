/* SPDX-License-Identifier: Apache-2.0 */
/* store_chunk.c: the SQL of chunks as they are read one after the other. */
#include "rag/store.h"

static const struct bh_row chunk_row = BH_ROW(struct rag_chunk, chunk_id, file_id, heading, text,
	start, end, page_start, page_end);

int
rag_store_chunk_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t first, int64_t n, struct rag_chunk **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT chunk_id, file_id, heading, text, start_at, end_at, page_start, page_end"
		"  FROM chunk"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id >= $3 AND chunk_id < $3 + $4"
		" ORDER BY chunk_id";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, store, first, n), &chunk_row, out, out_n);
}
