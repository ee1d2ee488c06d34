/* SPDX-License-Identifier: Apache-2.0 */
/* deletion_receipt.c: a tenant's deletion as canonical JSON, of which there is one text only. */
#include "auth/deletion.h"

#include <string.h>

#include "base/text.h"
#include "json/fields.h"
#include "sec/jws.h"

static void
write_kept(struct bh_write *write, const struct auth_deletion_count *count)
{
	bh_write_object(write);
	bh_write_pair_text(write, "part", count->part);
	bh_write_pair_text(write, "reason", count->kept);
	bh_write_pair_int(write, "rows", count->n);
	bh_write_pair_text(write, "service", count->service);
	bh_write_end(write);
}

static void
write_removed(struct bh_write *write, const struct auth_deletion_count *count)
{
	bh_write_object(write);
	bh_write_pair_int(write, "first_at", count->first_ms / 1000);
	bh_write_pair_int(write, "last_at", count->last_ms / 1000);
	bh_write_pair_int(write, "n", count->n);
	bh_write_pair_text(write, "part", count->part);
	bh_write_pair_text(write, "service", count->service);
	bh_write_end(write);
}

int64_t
auth_deletion_key_destroyed(const struct auth_deletion_count *counts, size_t n)
{
	int64_t last_ms = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(counts[i].part, AUTH_DELETION_KEY_PART) == 0 && counts[i].last_ms > last_ms)
			last_ms = counts[i].last_ms;
	return last_ms;
}

int
auth_deletion_sign(const struct auth_chain_signer *signer, const struct auth_deletion *deletion,
	int64_t completed_ms, const struct bh_digest *hash, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	char id[BH_UUID_TEXT], target[BH_UUID_TEXT], hex[2 * sizeof(hash->bytes) + 1];

	bh_uuid_format(&deletion->id, id);
	bh_uuid_format(&deletion->target, target);
	bh_text_hex(hash->bytes, sizeof(hash->bytes), hex);
	bh_write_object(&write);
	bh_write_pair_int(&write, "completed_at", completed_ms / 1000);
	bh_write_pair_text(&write, "id", id);
	bh_write_pair_text(&write, "receipt_sha256", hex);
	bh_write_pair_text(&write, "tenant", target);
	bh_write_end(&write);
	return bh_jws_sign(signer->key, signer->kid, AUTH_DELETION_TYPE, payload.data, payload.len,
		out);
}

void
auth_deletion_receipt(const struct auth_deletion *deletion, int64_t completed_ms,
	const struct auth_deletion_count *counts, size_t n, struct bh_buf *out)
{
	const int64_t destroyed_ms = auth_deletion_key_destroyed(counts, n);
	struct bh_write write = {.out = out};
	char id[BH_UUID_TEXT], target[BH_UUID_TEXT];

	bh_uuid_format(&deletion->id, id);
	bh_uuid_format(&deletion->target, target);
	bh_write_object(&write);
	bh_write_pair_int(&write, "completed_at", completed_ms / 1000);
	bh_write_pair_int(&write, "created_at", deletion->created_ms / 1000);
	bh_write_pair_text(&write, "id", id);
	bh_write_name(&write, "kept");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++)
		if (counts[i].kept != NULL)
			write_kept(&write, &counts[i]);
	bh_write_end(&write);
	if (destroyed_ms != 0)
		bh_write_pair_int(&write, "key_destroyed_at", destroyed_ms / 1000);
	bh_write_pair_text(&write, "name", deletion->name);
	bh_write_name(&write, "removed");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++)
		if (counts[i].kept == NULL)
			write_removed(&write, &counts[i]);
	bh_write_end(&write);
	bh_write_pair_text(&write, "requested_by", deletion->requested_by);
	bh_write_pair_text(&write, "tenant", target);
	bh_write_end(&write);
}
