/* SPDX-License-Identifier: Apache-2.0 */
/* search_fill.c: writes synthetic chunks with synthetic vectors through rag's own store functions.
 *
 *     bench_search_fill CONNINFO MODEL TENANTS CHUNKS WORDS VOCABULARY [TENANT [STORE]]
 *
 * Each of TENANTS new tenants (or the one named TENANT) gets a vector store of CHUNKS chunks in files
 * of 100; or they are added to the tenant's STORE. The last store's id is printed. Words are drawn as in natural text (by rank, about 1/rank),
 * vectors around 300 centres and normalised. The same arguments write the same chunks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"
#include "bench/synthetic.h"
#include "db/db.h"
#include "rag/index.h"
#include "rag/store.h"
#include "sec/digest.h"

enum { DIMENSIONS = 384, CENTRES = 300, FILE_CHUNKS = 100 };

struct fill {
	struct bh_db_pool *pool; /* owned */
	const char *model;
	int64_t tenants, chunks, words, vocabulary;
	uint64_t random; /* state of the generator */
	float *centres;  /* owned: CENTRES * DIMENSIONS */
};

/* One file on its way in. */
struct batch {
	struct bh_uuid tenant, store, file;
	struct rag_store_file attachment;
	struct rag_index_plan *plan;
	struct bh_digest *hashes;
	float *vectors;
	size_t n;
	int64_t number;
};

/* ---- synthetic content ---- */

static double
uniform(struct fill *fill)
{
	fill->random ^= fill->random >> 12;
	fill->random ^= fill->random << 25;
	fill->random ^= fill->random >> 27;
	return (double)((fill->random * 2685821657736338717ULL) >> 11) / 9007199254740992.0;
}

/* Close enough to a normal distribution. */
static double
bell(struct fill *fill)
{
	return uniform(fill) + uniform(fill) + uniform(fill) + uniform(fill) - 2;
}

static void
make_centres(struct fill *fill)
{
	for (size_t i = 0; i < CENTRES * DIMENSIONS; i++)
		fill->centres[i] = (float)bell(fill);
}

static void
make_vector(struct fill *fill, float *out)
{
	const float *centre = fill->centres + (size_t)(uniform(fill) * (double)CENTRES) * DIMENSIONS;
	double squares = 0;

	for (size_t i = 0; i < DIMENSIONS; i++) {
		out[i] = centre[i] + (float)bell(fill);
		squares += (double)out[i] * (double)out[i];
	}
	for (size_t i = 0; i < DIMENSIONS; i++)
		out[i] = (float)((double)out[i] / sqrt(squares));
}

static const char *
make_text(struct fill *fill, struct bh_arena *arena)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (int64_t i = 0; i < fill->words; i++) {
		if (i > 0)
			bh_buf_text(&text, " ");
		synthetic_word(&text, (int64_t)pow((double)fill->vocabulary, uniform(fill)) - 1);
	}
	return bh_arena_copy(arena, text.data, text.len);
}

static int
make_batch(struct fill *fill, struct bh_arena *arena, struct batch *batch)
{
	struct rag_index_chunk *chunks = bh_arena_array(arena, batch->n, sizeof(*chunks));
	struct bh_bytes *hashes = bh_arena_array(arena, batch->n, sizeof(*hashes));
	int64_t at = 0;

	batch->hashes = bh_arena_array(arena, batch->n, sizeof(*batch->hashes));
	batch->vectors = bh_arena_array(arena, batch->n * DIMENSIONS, sizeof(float));
	for (size_t i = 0; i < batch->n; i++) {
		const char *text = make_text(fill, arena);
		int64_t key[2] = {batch->number, (int64_t)i};

		make_vector(fill, batch->vectors + i * DIMENSIONS);
		bh_digest_sha256(key, sizeof(key), &batch->hashes[i]);
		hashes[i] = (struct bh_bytes){batch->hashes[i].bytes, sizeof(batch->hashes[i].bytes)};
		chunks[i] = (struct rag_index_chunk){
			.start = at,
			.end = at + (int64_t)strlen(text),
			.heading = "",
			.text = text,
			.hashes = &hashes[i],
			.n_parts = 1,
		};
		at = chunks[i].end + 1;
	}
	return rag_index_plan(arena, chunks, batch->n, &batch->plan);
}

/* ---- writing ---- */

static int
write_file(struct bh_db *tx, struct batch *batch)
{
	struct rag_file file = {
		.id = batch->file,
		.purpose = "assistants",
		.content_type = "text/plain",
		.filename = bh_arena_printf(tx->arena, "synthetic-%lld.txt", (long long)batch->number),
		.sha256 = {batch->hashes[0].bytes, sizeof(batch->hashes[0].bytes)},
		.created_ms = 1,
	};
	struct rag_file written;
	int rc = rag_store_file_add(tx, &batch->tenant, &file, &written);

	if (rc == 0)
		rc = rag_store_attachment_add(tx, &batch->tenant, &batch->attachment);
	for (size_t i = 0; rc == 0 && i < batch->n; i++) {
		const struct bh_floats vector = {batch->vectors + i * DIMENSIONS, DIMENSIONS};

		rc = rag_store_staging_add(tx, &batch->tenant, &batch->attachment.id,
			batch->hashes[i].bytes, vector);
	}
	return rc;
}

static int
write_batch(struct bh_db *tx, void *ctx)
{
	struct batch *batch = ctx;
	int64_t first = 0;
	int rc = write_file(tx, batch);

	if (rc == 0)
		rc = rag_index_add(tx, &batch->tenant, &batch->attachment, DIMENSIONS, batch->plan, &first);
	if (rc == 0)
		rc = rag_store_attachment_complete(tx, &batch->tenant, &batch->attachment.id, first,
			(int64_t)batch->n, 1);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, &batch->tenant, &batch->attachment.id);
	return rc;
}

struct new_store {
	struct bh_uuid tenant;
	struct rag_store store;
};

static int
write_store(struct bh_db *tx, void *ctx)
{
	const struct new_store *new_store = ctx;
	int rc = rag_store_store_add(tx, &new_store->tenant, &new_store->store);

	return rc < 0 ? rc : rag_store_index_add_store(tx, &new_store->tenant, &new_store->store.id);
}

static int
fill_files(struct fill *fill, const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	int64_t left = fill->chunks;
	int rc = 0;

	for (int64_t number = 0; rc == 0 && left > 0; number++) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = {.pool = fill->pool, .arena = &arena, .context = *tenant};
		struct batch batch = {
			.tenant = *tenant,
			.store = *store,
			.file = bh_uuid_new(),
			.number = number,
			.n = left < FILE_CHUNKS ? (size_t)left : FILE_CHUNKS,
		};

		batch.attachment = (struct rag_store_file){
			.store_id = *store,
			.file_id = batch.file,
			.id = bh_uuid_new(),
			.job_id = bh_uuid_new(),
			.attributes = "{}",
			.chunking = "auto",
			.chunk_tokens = 256,
		};
		rc = make_batch(fill, &arena, &batch);
		if (rc == 0)
			rc = bh_tx_run(&db, write_batch, &batch);
		left -= (int64_t)batch.n;
	}
	return rc;
}

static int
fill_tenant(struct fill *fill, const struct bh_uuid *tenant, struct bh_uuid *out_store)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = fill->pool, .arena = &arena, .context = *tenant};
	struct new_store made = {
		.tenant = *tenant,
		.store =
			{
				.id = bh_uuid_new(),
				.name = "Synthetic",
				.description = "",
				.metadata = "{}",
				.embedding_model = fill->model,
				.dimensions = DIMENSIONS,
			},
	};
	int rc = bh_tx_run(&db, write_store, &made);

	if (rc == 0)
		rc = fill_files(fill, tenant, &made.store.id);
	*out_store = made.store.id;
	return rc;
}

/* ---- the command line ---- */

static int
fill_all(struct fill *fill, const char *named, const char *into)
{
	struct bh_uuid tenant, store = {0};
	char text[64];
	int rc = 0;

	make_centres(fill);
	for (int64_t i = 0; rc == 0 && i < fill->tenants; i++) {
		tenant = bh_uuid_new();
		if (named != NULL)
			rc = bh_uuid_parse(named, &tenant);
		if (rc == 0 && into != NULL)
			rc = bh_uuid_parse_id(into, RAG_STORE_PREFIX, &store);
		if (rc == 0)
			rc = into != NULL ? fill_files(fill, &tenant, &store)
							  : fill_tenant(fill, &tenant, &store);
	}
	if (rc == 0) {
		bh_uuid_format_id(&store, RAG_STORE_PREFIX, text, sizeof(text));
		puts(text);
	}
	return rc;
}

static int
read_arguments(int argc, char **argv, struct fill *fill)
{
	if (argc < 7 || argc > 9 || bh_text_int(argv[3], 1, 100000, &fill->tenants) < 0 ||
		bh_text_int(argv[4], 1, 1000000, &fill->chunks) < 0 ||
		bh_text_int(argv[5], 1, 400, &fill->words) < 0 ||
		bh_text_int(argv[6], 2, 1000000, &fill->vocabulary) < 0)
		return bh_error(BH_E_INVALID, "wrong arguments");
	fill->model = argv[2];
	return 0;
}

int
main(int argc, char **argv)
{
	struct fill fill = {.random = 88172645463325252ULL};
	const struct bh_db_conf conf = {
		.conninfo = argc > 1 ? argv[1] : "",
		.connections = 2,
		.wait_ms = 10000,
		.statement_ms = 60000,
		.application = "bench",
	};
	int rc = read_arguments(argc, argv, &fill);

	fill.centres = calloc(CENTRES * DIMENSIONS, sizeof(float));
	if (rc == 0 && fill.centres == NULL)
		rc = BH_E_MEMORY;
	if (rc == 0)
		rc = bh_db_pool_open(&conf, &fill.pool);
	if (rc == 0) {
		rc = fill_all(&fill, argc > 7 ? argv[7] : NULL, argc > 8 ? argv[8] : NULL);
		bh_db_pool_close(fill.pool);
	}
	if (rc < 0)
		fprintf(stderr, "bench_search_fill: %s: %s\n", bh_error_row(rc)->symbol,
			bh_error_detail(rc));
	free(fill.centres);
	return rc < 0 ? 1 : 0;
}
