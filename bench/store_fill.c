/* SPDX-License-Identifier: Apache-2.0 */
/* store_fill.c: writes a store as large as a store becomes, its postings packed at once.
 *
 *     bench_store_fill CONNINFO MODEL CHUNKS FILES WORDS VOCABULARY TENANT
 *
 * CHUNKS chunks in FILES files, each with the attribute n; no vectors. A chunk holds WORDS words of
 * VOCABULARY, drawn by rank as search_fill.c draws them, so that each word is in as many chunks as it
 * would be there. The store's id is printed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"
#include "bench/synthetic.h"
#include "db/db.h"
#include "rag/store.h"
#include "text/terms.h"

enum { BLOCKS_AT_ONCE = 256 };

struct fill {
	struct bh_db_pool *pool; /* owned */
	const char *model;
	struct bh_uuid tenant, store;
	int64_t chunks, files, words, vocabulary;
	uint64_t random;
	struct bh_arena arena; /* of what waits to be written */
	struct rag_term_block rows[BLOCKS_AT_ONCE];
	size_t n_rows;
};

static double
uniform(struct fill *fill)
{
	fill->random ^= fill->random >> 12;
	fill->random ^= fill->random << 25;
	fill->random ^= fill->random >> 27;
	return (double)((fill->random * 2685821657736338717ULL) >> 11) / 9007199254740992.0;
}

static int
write_store(struct bh_db *tx, void *ctx)
{
	const struct fill *fill = ctx;
	const struct rag_store store = {.id = fill->store,
		.name = "Large",
		.description = "",
		.metadata = "{}",
		.embedding_model = fill->model,
		.dimensions = 384};
	const struct rag_statistics statistics = {.n_chunks = fill->chunks,
		.total_terms = fill->chunks * fill->words,
		.next_chunk = fill->chunks + 1,
		.parts_max = 1,
		.languages = 1,
		.terms_version = BH_TERMS_VERSION};
	int rc = rag_store_store_add(tx, &fill->tenant, &store);

	if (rc == 0)
		rc = rag_store_index_add_store(tx, &fill->tenant, &fill->store);
	return rc < 0 ? rc : rag_store_index_statistics(tx, &fill->tenant, &fill->store, &statistics);
}

static int
write_files(struct bh_db *tx, void *ctx)
{
	static const char files[] =
		"WITH new AS MATERIALIZED ("
		"   SELECT gen_random_uuid() AS id, n FROM generate_series(0, $3::bigint - 1) AS n),"
		" made AS ("
		"   INSERT INTO file (tenant_id, id, filename, purpose, bytes, sha256, content_type)"
		"   SELECT $1, id, 'large-' || n, 'assistants', 0, sha256('large'), 'text/plain' FROM new)"
		" INSERT INTO vector_store_file (tenant_id, store_id, file_id, id, job_id, status,"
		"   attributes, chunking, chunk_tokens, overlap_tokens, chunk_first, n_chunks)"
		" SELECT $1, $2, id, gen_random_uuid(), gen_random_uuid(), 'completed',"
		"   jsonb_build_object('n', n), 'auto', 256, 0, 1 + n * $4, $4 FROM new";
	static const char chunks[] =
		"INSERT INTO chunk (tenant_id, store_id, file_id, chunk_id, start_at, end_at, page_start,"
		"   page_end, heading, text)"
		" SELECT $1, $2, v.file_id, c, 0, 0, 0, 0, '', 'Passage ' || c"
		"   FROM vector_store_file AS v"
		"  CROSS JOIN LATERAL generate_series(v.chunk_first, v.chunk_first + v.n_chunks - 1) AS c"
		"  WHERE v.tenant_id = $1 AND v.store_id = $2";
	const struct fill *fill = ctx;
	const struct bh_param of_files[] = {bh_uuid_param(&fill->tenant), bh_uuid_param(&fill->store),
		bh_int_param(fill->files), bh_int_param(fill->chunks / fill->files)};
	const struct bh_param of_chunks[] = {bh_uuid_param(&fill->tenant), bh_uuid_param(&fill->store)};
	int rc = bh_db_exec(tx, files, BH_LIST(of_files), NULL);

	return rc < 0 ? rc : bh_db_exec(tx, chunks, BH_LIST(of_chunks), NULL);
}

static int
flush(struct fill *fill)
{
	struct bh_db db = {.pool = fill->pool, .arena = &fill->arena, .context = fill->tenant};
	int rc = 0;

	if (fill->n_rows > 0)
		rc = rag_store_index_put_blocks(&db, &fill->tenant, &fill->store, fill->rows, fill->n_rows);
	fill->n_rows = 0;
	bh_arena_close(&fill->arena);
	return rc;
}

/* A chunk has the word of a rank with the probability that any of its words is it. */
static size_t
make_postings(struct fill *fill, int64_t rank, struct rag_posting *out)
{
	double of_one = log((double)(rank + 2) / (double)(rank + 1)) / log((double)fill->vocabulary);
	double of_chunk = 1 - pow(1 - of_one, (double)fill->words);
	int64_t chunk = 0;
	size_t n = 0;

	for (;;) {
		chunk += 1 + (int64_t)(log(1 - uniform(fill)) / log(1 - of_chunk));
		if (chunk > fill->chunks)
			return n;
		out[n++] = (struct rag_posting){chunk, 1 + (uint32_t)(of_one * (double)fill->words),
			(uint32_t)fill->words};
	}
}

static int
write_word(struct fill *fill, int64_t rank, struct rag_posting *list)
{
	BH_AUTO(bh_buf_close) struct bh_buf word = {0};
	struct bh_arena arena = {0};
	struct rag_postings_block *blocks;
	size_t n = make_postings(fill, rank, list), n_blocks = 0, i;
	int rc = 0;

	synthetic_word(&word, rank);
	rag_postings_pack(&arena, list, n, &blocks, &n_blocks);
	for (i = 0; rc == 0 && i < n_blocks; i++) {
		struct rag_term_block *row = &fill->rows[fill->n_rows++];

		*row = (struct rag_term_block){bh_arena_strdup(&fill->arena, bh_buf_string(&word)),
			blocks[i]};
		row->block.data.data = bh_arena_copy(&fill->arena, blocks[i].data.data, blocks[i].data.len);
		if (fill->n_rows == BLOCKS_AT_ONCE)
			rc = flush(fill);
	}
	bh_arena_close(&arena);
	return rc;
}

static int
fill_store(struct fill *fill)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = fill->pool, .arena = &arena, .context = fill->tenant};
	struct rag_posting *list = calloc((size_t)fill->chunks, sizeof(*list));
	char text[64];
	int rc = list != NULL ? bh_tx_run(&db, write_store, fill) : BH_E_MEMORY;

	if (rc == 0)
		rc = bh_tx_run(&db, write_files, fill);
	for (int64_t rank = 0; rc == 0 && rank < fill->vocabulary - 1; rank++)
		rc = write_word(fill, rank, list);
	if (rc == 0)
		rc = flush(fill);
	free(list);
	bh_uuid_format_id(&fill->store, RAG_STORE_PREFIX, text, sizeof(text));
	if (rc == 0)
		puts(text);
	return rc;
}

static int
read_arguments(int argc, char **argv, struct fill *fill)
{
	if (argc != 8 || bh_text_int(argv[3], 1, 10000000, &fill->chunks) < 0 ||
		bh_text_int(argv[4], 1, fill->chunks, &fill->files) < 0 ||
		bh_text_int(argv[5], 1, 400, &fill->words) < 0 ||
		bh_text_int(argv[6], 2, 1000000, &fill->vocabulary) < 0 ||
		bh_uuid_parse(argv[7], &fill->tenant) < 0)
		return bh_error(BH_E_INVALID, "wrong arguments");
	fill->model = argv[2];
	return 0;
}

int
main(int argc, char **argv)
{
	struct fill fill = {.random = 88172645463325252ULL, .store = bh_uuid_new()};
	const struct bh_db_conf conf = {
		.conninfo = argc > 1 ? argv[1] : "",
		.connections = 1,
		.wait_ms = 10000,
		.statement_ms = 600000,
		.application = "bench",
	};
	int rc = read_arguments(argc, argv, &fill);

	if (rc == 0)
		rc = bh_db_pool_open(&conf, &fill.pool);
	if (rc == 0) {
		rc = fill_store(&fill);
		bh_db_pool_close(fill.pool);
	}
	if (rc < 0)
		fprintf(stderr, "bench_store_fill: %s: %s\n", bh_error_row(rc)->symbol,
			bh_error_detail(rc));
	return rc < 0 ? 1 : 0;
}
