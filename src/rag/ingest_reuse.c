/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_reuse.c: a file whose bytes the tenant has made searchable before is not made so again. */
#include "base/error.h"
#include "rag/ingest.h"
#include "rag/store.h"

static void
take_chunks(struct rag_ingest *ingest, const struct rag_chunk *chunks, size_t n)
{
	ingest->indexed = bh_arena_array(ingest->db->arena, n, sizeof(*ingest->indexed));
	ingest->n_chunks = n;
	for (size_t i = 0; i < n; i++)
		ingest->indexed[i] = (struct rag_index_chunk){.start = chunks[i].start,
			.end = chunks[i].end,
			.page_start = chunks[i].page_start,
			.page_end = chunks[i].page_end,
			.heading = chunks[i].heading,
			.text = chunks[i].text};
}

int
rag_ingest_reuse(struct rag_ingest *ingest)
{
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	struct rag_chunk *chunks = NULL;
	struct rag_equal equal;
	bool found = false;
	size_t n = 0;
	int rc = rag_store_attachment_find_equal(ingest->db, tenant, &ingest->attachment,
		ingest->store.embedding_model, ingest->model.dimensions, &equal, &found);

	if (rc == 0 && !found)
		return BH_E_EMPTY;
	if (rc == 0)
		rc = rag_store_index_count_vectors(ingest->db, tenant, &equal, ingest->model.dimensions,
			&equal.n_vectors);
	if (rc == 0)
		rc = rag_store_chunk_list(ingest->db, tenant, &equal.store_id, equal.chunk_first,
			equal.n_chunks, &chunks, &n);
	if (rc < 0)
		return rc;
	/* Being removed this moment. */
	if ((int64_t)n != equal.n_chunks || equal.n_vectors < equal.n_chunks)
		return BH_E_EMPTY;
	take_chunks(ingest, chunks, n);
	ingest->equal = equal;
	ingest->usage_bytes = equal.usage_bytes;
	return 0;
}
