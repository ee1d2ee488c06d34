/* SPDX-License-Identifier: Apache-2.0 */
/* chain_check.c: makes the hashes of stored events again, and compares them with the tiles, those with the levels
 * above, and all with the signed checkpoints. */
#include "auth/chain_check.h"

#include <string.h>

#include "auth/chain.h"
#include "base/error.h"
#include "service/audit_event.h"
#include "service/audit_proof.h"

enum { CHECKPOINTS_AT_ONCE = 2000 };

/* A stretch that is being looked at. */
struct looking {
	struct bh_db *db;
	struct auth_chain_reader *reader;
	struct auth_chain_check *check;
	struct auth_audit_row *rows;
	size_t n_rows, next_row;
	struct auth_chain_gone *gone;
	size_t n_gone;
	struct bh_buf text; /* owned: of the event that is hashed */
};

static void
find(struct looking *looking, int64_t position, const char *what)
{
	struct auth_chain_check *check = looking->check;

	if (check->n_findings < AUTH_CHECK_FINDINGS)
		check->findings[check->n_findings++] = (struct auth_chain_finding){position, what};
}

static bool
is_gone(const struct looking *looking, int64_t position)
{
	for (size_t i = 0; i < looking->n_gone; i++) {
		if (position >= looking->gone[i].from && position < looking->gone[i].to)
			return true;
	}
	return false;
}

/* ---- events ---- */

static void
check_event(struct looking *looking, const struct auth_audit_row *row,
	const struct auth_chain_tile *tile)
{
	const struct bh_audit_event event = auth_chain_event(row);
	size_t at = (size_t)(row->position % AUTH_CHAIN_TILE);
	struct bh_digest leaf;

	bh_audit_event_leaf(&looking->reader->merkle, &event, &looking->text, &leaf);
	if (at >= tile->count)
		find(looking, row->position, "tree");
	else if (!bh_digest_equal(&leaf, &tile->hashes[at]))
		find(looking, row->position, "changed");
	looking->check->events++;
}

static void
check_position(struct looking *looking, int64_t position, const struct auth_chain_tile *tile)
{
	size_t here = 0;

	for (; looking->next_row < looking->n_rows &&
		 looking->rows[looking->next_row].position == position;
		 looking->next_row++, here++) {
		if (here == 0)
			check_event(looking, &looking->rows[looking->next_row], tile);
		else
			find(looking, position, "added");
	}
	if (here > 0)
		return;
	if (is_gone(looking, position))
		looking->check->gone++;
	else
		find(looking, position, "missing");
}

/* Whether a full tile's hash is what stands above it. */
static int
check_above(struct looking *looking, int64_t level, int64_t n)
{
	const struct auth_chain_tile *above;
	struct bh_digest hash;
	size_t at = (size_t)(n % AUTH_CHAIN_TILE);
	int rc = auth_chain_subtree_of(looking->reader, level, n, &hash);

	/* All of its events are gone, and its hashes with them. */
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = auth_chain_tile(looking->reader, level + 1, n / AUTH_CHAIN_TILE, &above);
	if (rc < 0)
		return rc;
	if (at >= above->count || !bh_digest_equal(&hash, &above->hashes[at]))
		find(looking, n << (8 * (level + 1)), "tree");
	return 0;
}

static int
check_tile(struct looking *looking, int64_t n)
{
	const struct auth_chain_check *check = looking->check;
	int64_t from = n * AUTH_CHAIN_TILE, to = from + AUTH_CHAIN_TILE;
	const struct auth_chain_tile *tile;
	int rc = auth_chain_tile(looking->reader, 0, n, &tile);

	if (rc < 0)
		return rc;
	if (tile->count == 0 && !is_gone(looking, from))
		find(looking, from, "tree");
	for (int64_t position = from; position < to && position < check->size; position++)
		check_position(looking, position, tile);
	if (check->sealed < to)
		return 0;
	rc = check_above(looking, 0, n);
	/* The last tile below a tile checks that, too. */
	for (int64_t level = 1, at = n + 1; rc == 0 && level < AUTH_CHAIN_LEVELS - 1; level++) {
		if (at % AUTH_CHAIN_TILE != 0)
			break;
		at /= AUTH_CHAIN_TILE;
		rc = check_above(looking, level, at - 1);
	}
	return rc;
}

/* ---- checkpoints ---- */

static int
check_checkpoint(struct looking *looking, const struct bh_audit_keys *keys,
	const struct auth_checkpoint *checkpoint)
{
	struct auth_chain_reader *reader = looking->reader;
	struct bh_audit_checkpoint said;
	struct bh_digest root;
	int rc = bh_audit_checkpoint_read(keys, checkpoint->jws, &said);

	looking->check->checkpoints++;
	if (rc < 0 || said.size != checkpoint->size || !bh_uuid_equal(&said.tenant, &reader->tenant)) {
		find(looking, checkpoint->size - 1, "checkpoint");
		return 0;
	}
	rc = bh_merkle_range(&reader->merkle, auth_chain_subtree, reader, 0, said.size, &root);
	if (rc == BH_E_NOT_FOUND)
		return 0; /* what it ends with is gone; or it was found missing above */
	if (rc == 0 && !bh_digest_equal(&root, &said.root))
		find(looking, checkpoint->size - 1, "checkpoint");
	return rc;
}

static int
check_checkpoints(struct looking *looking)
{
	BH_AUTO(bh_buf_close) struct bh_buf jwks = {0};
	const struct auth_chain_check *check = looking->check;
	struct bh_audit_keys keys = {0};
	struct auth_checkpoint *list = NULL;
	size_t n = 0;
	int rc = auth_store_chain_checkpoints(looking->db, &looking->reader->tenant, check->from,
		check->to, CHECKPOINTS_AT_ONCE, &list, &n);

	if (rc < 0 || n == 0)
		return rc;
	rc = auth_chain_jwks(looking->db, &jwks);
	if (rc == 0)
		rc = bh_audit_keys_open(bh_buf_string(&jwks), jwks.len, &keys);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = check_checkpoint(looking, &keys, &list[i]);
	bh_audit_keys_close(&keys);
	return rc;
}

/* Nothing stands behind the end. The chain may have grown since its size was read: it is read again behind the rows,
 * which are written together with it. */
static int
check_end(struct looking *looking)
{
	struct auth_chain_check *check = looking->check;
	const struct bh_uuid *tenant = &looking->reader->tenant;
	struct auth_chain_state now = {0};
	struct auth_audit_row *behind = NULL;
	size_t n = 0;
	int rc = auth_store_chain_rows(looking->db, tenant, check->size, INT64_MAX, &behind, &n);

	if (rc == 0 && n > 0)
		rc = auth_store_chain_state(looking->db, tenant, &now);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (behind[i].position >= now.size)
			find(looking, behind[i].position, "added");
	}
	return rc;
}

/* The newest checkpoint is the one that the chain names. `newest` was read between the two: what was sealed is never
 * taken back, so it lies between what they say. */
static int
check_newest(struct looking *looking, const struct auth_chain_state *before,
	const struct auth_checkpoint *newest)
{
	struct auth_chain_state now = *before;
	int rc = 0;

	if (newest->size != before->sealed)
		rc = auth_store_chain_state(looking->db, &looking->reader->tenant, &now);
	if (rc == 0 && (newest->size < before->sealed || newest->size > now.sealed))
		find(looking, before->sealed > 0 ? before->sealed - 1 : 0, "checkpoint");
	return rc;
}

/* ---- a stretch ---- */

static int
look(struct looking *looking)
{
	struct auth_chain_check *check = looking->check;
	const struct bh_uuid *tenant = &looking->reader->tenant;
	int rc = auth_store_chain_rows(looking->db, tenant, check->from, check->to, &looking->rows,
		&looking->n_rows);

	if (rc == 0)
		rc = auth_store_chain_gone(looking->db, tenant, check->from, check->to, &looking->gone,
			&looking->n_gone);
	for (int64_t n = check->from / AUTH_CHAIN_TILE; rc == 0 && n * AUTH_CHAIN_TILE < check->to; n++)
		rc = check_tile(looking, n);
	if (rc == 0)
		rc = check_checkpoints(looking);
	if (rc == 0 && !check->has_more)
		rc = check_end(looking);
	return rc;
}

int
auth_chain_check(struct bh_db *db, const struct bh_uuid *tenant, int64_t from,
	struct auth_chain_check *out)
{
	struct auth_chain_check check = {0};
	struct looking looking = {.db = db, .check = &check};
	struct auth_checkpoint newest = {0};
	struct auth_chain_state state = {0};
	int64_t end;
	int rc = auth_store_chain_state(db, tenant, &state);

	if (rc == 0)
		rc = auth_store_chain_newest(db, tenant, INT64_MAX, &newest);
	if (rc < 0)
		return rc;
	check.size = state.size;
	check.sealed = newest.size;
	check.sealed_ms = newest.made_ms;
	check.from = from < state.size ? from - from % AUTH_CHAIN_TILE : state.size;
	end = check.from + (int64_t)AUTH_CHECK_TILES * AUTH_CHAIN_TILE;
	check.to = end < state.size ? end : state.size;
	check.has_more = check.to < state.size;
	check.findings = bh_arena_array(db->arena, AUTH_CHECK_FINDINGS, sizeof(*check.findings));
	looking.reader = auth_chain_reader_new(db, tenant);
	if (!check.has_more)
		rc = check_newest(&looking, &state, &newest);
	if (rc == 0)
		rc = look(&looking);
	auth_chain_reader_free(looking.reader);
	bh_buf_close(&looking.text);
	if (rc == 0)
		*out = check;
	return rc;
}
