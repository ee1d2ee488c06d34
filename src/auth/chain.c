/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c: seals the chains of audit events, and reads their tiles. */
#include "auth/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "sec/jws.h"
#include "service/audit_event.h"
#include "service/audit_proof.h"

enum { TILES_AT_ONCE = 32 };

/* ---- reading ---- */

struct auth_chain_reader *
auth_chain_reader_new(struct bh_db *db, const struct bh_uuid *tenant)
{
	struct auth_chain_reader *reader = calloc(1, sizeof(*reader));

	BH_ASSERT(reader != NULL);
	reader->db = db;
	reader->tenant = *tenant;
	bh_merkle_open(&reader->merkle);
	return reader;
}

void
auth_chain_reader_free(struct auth_chain_reader *reader)
{
	if (reader == NULL)
		return;
	bh_merkle_close(&reader->merkle);
	free(reader);
}

int
auth_chain_tile(struct auth_chain_reader *reader, int64_t level, int64_t n,
	const struct auth_chain_tile **out)
{
	struct auth_chain_tile *tile = &reader->tiles[level];
	struct bh_bytes hashes;
	int rc;

	if (!tile->held || tile->n != n) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = *reader->db;

		db.arena = &arena;
		tile->held = false;
		rc = auth_store_chain_tile(&db, &reader->tenant, level, n, &hashes);
		if (rc < 0)
			return rc;
		if (hashes.len > sizeof(tile->hashes))
			return bh_error(BH_E_INTERNAL, "a tile has too many hashes");
		if (hashes.len > 0)
			memcpy(tile->hashes, hashes.data, hashes.len);
		tile->count = hashes.len / sizeof(tile->hashes[0]);
		tile->n = n;
		tile->held = true;
	}
	*out = tile;
	return 0;
}

/* Of 2^height neighbours, in place of the first. */
static void
join(struct bh_merkle *merkle, struct bh_digest *hashes, unsigned height)
{
	for (size_t n = (size_t)1 << height; n > 1; n /= 2) {
		for (size_t i = 0; i < n / 2; i++)
			bh_merkle_node(merkle, &hashes[2 * i], &hashes[2 * i + 1], &hashes[i]);
	}
}

int
auth_chain_subtree_of(struct auth_chain_reader *reader, int64_t level, int64_t n,
	struct bh_digest *out)
{
	struct bh_digest hashes[AUTH_CHAIN_TILE];
	const struct auth_chain_tile *tile;
	int rc = auth_chain_tile(reader, level, n, &tile);

	if (rc < 0)
		return rc;
	if (tile->count != AUTH_CHAIN_TILE)
		return BH_E_NOT_FOUND;
	memcpy(hashes, tile->hashes, sizeof(hashes));
	join(&reader->merkle, hashes, 8);
	*out = hashes[0];
	return 0;
}

int
auth_chain_subtree(void *ctx, int64_t at, unsigned height, struct bh_digest *out)
{
	struct auth_chain_reader *reader = ctx;
	const struct auth_chain_tile *tile;
	struct bh_digest hashes[AUTH_CHAIN_TILE];
	unsigned level = height / 8 < AUTH_CHAIN_LEVELS ? height / 8 : AUTH_CHAIN_LEVELS - 1;
	int64_t index = at >> (8 * level);
	size_t first = (size_t)(index % AUTH_CHAIN_TILE), n = (size_t)1 << (height - 8 * level);
	int rc;

	if (n > AUTH_CHAIN_TILE)
		return BH_E_NOT_FOUND;
	rc = auth_chain_tile(reader, level, index / AUTH_CHAIN_TILE, &tile);
	if (rc < 0)
		return rc;
	if (first + n > tile->count)
		return BH_E_NOT_FOUND;
	memcpy(hashes, tile->hashes + first, n * sizeof(hashes[0]));
	join(&reader->merkle, hashes, height - 8 * level);
	*out = hashes[0];
	return 0;
}

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

struct bh_audit_event
auth_chain_event(const struct auth_audit_row *row)
{
	return (struct bh_audit_event){
		.id = row->id,
		.tenant = row->tenant,
		.time_ms = bh_audit_event_time_ms(&row->id),
		.source = row->source,
		.action = row->action,
		.actor = or_null(row->actor),
		.target = or_null(row->object),
		.request_id = or_null(row->request_id),
		.details = row->line,
		.status = row->status,
		.staff = row->staff,
		.chained = row->position >= 0,
		.position = row->position,
	};
}

/* ---- sealing ---- */

/* A sealing's transaction. */
struct sealing {
	const struct auth_chain_signer *signer;
	const struct bh_uuid *tenant;
	int64_t now_ms;
	int64_t size; /* out */
};

/* Some hashes of the level's next tile, from the full tiles below. */
static int
grow_tile(struct auth_chain_reader *reader, int64_t level, int64_t at, int64_t to)
{
	BH_AUTO(bh_buf_close) struct bh_buf hashes = {0};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = *reader->db;

	db.arena = &arena;
	for (int64_t n = at; n < to; n++) {
		struct bh_digest hash;
		int rc = auth_chain_subtree_of(reader, level - 1, n, &hash);

		if (rc == BH_E_NOT_FOUND)
			rc = bh_error(BH_E_INTERNAL, "tile %lld of level %lld is not full", (long long)n,
				(long long)level - 1);
		if (rc < 0)
			return rc;
		bh_buf_add(&hashes, &hash, sizeof(hash));
	}
	reader->tiles[level].held = false;
	return auth_store_chain_tile_add(&db, &reader->tenant, level, at, &hashes);
}

/* Every full tile has its hash in the level above. */
static int
grow_levels(struct auth_chain_reader *reader, int64_t size)
{
	int rc = 0;

	for (int64_t level = 1; rc == 0 && level < AUTH_CHAIN_LEVELS && size >> (8 * level) > 0;
		 level++) {
		int64_t have = 0, need = size >> (8 * level);

		rc = auth_store_chain_level(reader->db, &reader->tenant, level, &have);
		while (rc == 0 && have < need) {
			int64_t end = (have / AUTH_CHAIN_TILE + 1) * AUTH_CHAIN_TILE;
			int64_t to = have + TILES_AT_ONCE;

			to = to < end ? to : end;
			to = to < need ? to : need;
			rc = grow_tile(reader, level, have, to);
			have = to;
		}
	}
	return rc;
}

static int
add_checkpoint(struct bh_db *tx, const struct sealing *sealing, const struct bh_digest *root)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0}, jws = {0};
	const struct bh_audit_checkpoint said = {*sealing->tenant, sealing->size, sealing->now_ms,
		*root};
	struct auth_checkpoint checkpoint = {.size = sealing->size, .made_ms = sealing->now_ms};
	int rc;

	bh_audit_checkpoint_write(&said, &payload);
	rc = bh_jws_sign(sealing->signer->key, sealing->signer->kid, BH_AUDIT_CHECKPOINT_TYPE,
		payload.data, payload.len, &jws);
	if (rc < 0)
		return rc;
	checkpoint.jws = bh_buf_string(&jws);
	return auth_store_chain_checkpoint_add(tx, sealing->tenant, &checkpoint);
}

static int
seal(struct bh_db *tx, void *ctx)
{
	struct sealing *sealing = ctx;
	struct auth_chain_reader *reader;
	struct bh_digest root;
	int rc = auth_store_chain_begin(tx, sealing->tenant, &sealing->size);

	if (rc < 0 || sealing->size == 0)
		return rc;
	reader = auth_chain_reader_new(tx, sealing->tenant);
	rc = grow_levels(reader, sealing->size);
	if (rc == 0)
		rc = bh_merkle_range(&reader->merkle, auth_chain_subtree, reader, 0, sealing->size, &root);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_INTERNAL, "hashes of the chain are missing");
	auth_chain_reader_free(reader);
	return rc < 0 ? rc : add_checkpoint(tx, sealing, &root);
}

int
auth_chain_seal(struct bh_db *db, const struct auth_chain_signer *signer,
	const struct bh_uuid *tenant, int64_t now_ms, int64_t *out_size)
{
	struct sealing sealing = {.signer = signer, .tenant = tenant, .now_ms = now_ms};
	int rc = bh_tx_run(db, seal, &sealing);

	if (rc == 0)
		*out_size = sealing.size;
	return rc;
}
