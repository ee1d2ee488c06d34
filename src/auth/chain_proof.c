/* SPDX-License-Identifier: Apache-2.0 */
/* chain_proof.c: what an export of audit events is proved by. */
#include <string.h>

#include "auth/chain.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "service/audit_proof.h"
#include "service/runtime.h"

enum {
	EARLIER = 20, /* checkpoints that an export names besides the newest */
	DUE_AT_ONCE = 1000
};

/* ---- sealing, by a worker and before an export ---- */

static int
seal_with(struct bh_runtime *runtime, const struct auth_chain_signer *signer,
	const struct bh_uuid *tenant)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	int64_t size;

	db.payer = db.context;
	db.context = *tenant;
	return auth_chain_seal(&db, signer, tenant, bh_clock_wall_ms(), &size);
}

int
auth_chain_seal_one(struct bh_runtime *runtime, const struct auth *auth,
	const struct bh_uuid *tenant)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(auth_chain_signer_close) struct auth_chain_signer signer = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	int rc = auth_chain_signer_open(&db, &auth->chain, bh_clock_wall_ms(), &signer);

	return rc < 0 ? rc : seal_with(runtime, &signer, tenant);
}

void
auth_chain_run(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(auth_chain_signer_close) struct auth_chain_signer signer = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	const struct auth *auth = service;
	struct bh_uuid *due = NULL;
	size_t n = 0;
	int rc = auth_chain_signer_open(&db, &auth->chain, bh_clock_wall_ms(), &signer);

	if (rc == 0)
		rc = auth_store_chain_due(&db, &bh_platform_tenant, DUE_AT_ONCE, &due, &n);
	if (rc < 0)
		bh_log_failure("seal the audit chains", rc);
	/* One that fails keeps no other from it. */
	for (size_t i = 0; i < n && !bh_runtime_stopping(runtime); i++) {
		rc = seal_with(runtime, &signer, &due[i]);
		if (rc < 0)
			bh_log_failure("seal a tenant's audit chain", rc);
	}
}

/* ---- proofs ---- */

static void
write_hashes(struct bh_write *write, const struct bh_digest *hashes, size_t n)
{
	char text[2 * sizeof(hashes->bytes) + 1];

	bh_write_array(write);
	for (size_t i = 0; i < n; i++) {
		bh_text_hex(hashes[i].bytes, sizeof(hashes[i].bytes), text);
		bh_write_text(write, text);
	}
	bh_write_end(write);
}

static int
write_earlier(struct auth_chain_reader *reader, const struct auth_checkpoint *checkpoint,
	int64_t size, struct bh_write *write)
{
	BH_AUTO(bh_buf_close) struct bh_buf proof = {0};
	int rc = bh_merkle_consistency(&reader->merkle, auth_chain_subtree, reader, checkpoint->size,
		size, &proof);

	/* Events of that time are gone, and their hashes with them: it cannot be proved any more. */
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	bh_write_object(write);
	bh_write_pair_text(write, "checkpoint", checkpoint->jws);
	bh_write_name(write, "consistency");
	write_hashes(write, (const void *)proof.data, proof.len / sizeof(struct bh_digest));
	bh_write_end(write);
	return 0;
}

static int
write_missing(struct auth_chain_reader *reader, const struct auth_chain_gone *gone, int64_t size,
	struct bh_write *write)
{
	BH_AUTO(bh_buf_close) struct bh_buf hashes = {0};
	int64_t to = gone->to < size ? gone->to : size;

	for (int64_t at = gone->from; at < to;) {
		unsigned height = bh_merkle_height(at, to);
		struct bh_digest hash;
		int rc = auth_chain_subtree(reader, at, height, &hash);

		if (rc < 0)
			return rc;
		bh_buf_add(&hashes, &hash, sizeof(hash));
		at += INT64_C(1) << height;
	}
	bh_write_object(write);
	bh_write_pair_int(write, "from", gone->from);
	bh_write_pair_int(write, "to", to);
	bh_write_name(write, "hashes");
	write_hashes(write, (const void *)hashes.data, hashes.len / sizeof(struct bh_digest));
	bh_write_end(write);
	return 0;
}

int
auth_chain_head(struct auth_chain_reader *reader, const struct auth_checkpoint *checkpoint,
	bool range, struct bh_buf *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = *reader->db;
	struct bh_write write = {.out = out};
	struct auth_checkpoint *earlier = NULL;
	struct auth_chain_gone *gone = NULL;
	size_t n = 0, n_gone = 0;
	int rc;

	db.arena = &arena;
	rc = auth_store_chain_earlier(&db, &reader->tenant, checkpoint->size, EARLIER, &earlier, &n);
	if (rc == 0 && range)
		rc = auth_store_chain_gone(&db, &reader->tenant, 0, checkpoint->size, &gone, &n_gone);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "audit_proof");
	bh_write_pair_text(&write, "mode", range ? "range" : "lines");
	bh_write_pair_text(&write, "checkpoint", checkpoint->jws);
	bh_write_name(&write, "earlier");
	bh_write_array(&write);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_earlier(reader, &earlier[i], checkpoint->size, &write);
	bh_write_end(&write);
	bh_write_name(&write, "missing");
	bh_write_array(&write);
	for (size_t i = 0; rc == 0 && i < n_gone; i++)
		rc = write_missing(reader, &gone[i], checkpoint->size, &write);
	bh_write_end(&write);
	bh_write_end(&write);
	bh_buf_char(out, '\n');
	return rc;
}

int
auth_chain_path(struct auth_chain_reader *reader, int64_t position, int64_t size,
	struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_write write = {.out = out};
	int rc = bh_merkle_path(&reader->merkle, auth_chain_subtree, reader, position, size, &path);

	if (rc < 0)
		return rc;
	bh_buf_text(out, ",\"proof\":");
	write_hashes(&write, (const void *)path.data, path.len / sizeof(struct bh_digest));
	return 0;
}
