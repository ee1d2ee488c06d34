/* SPDX-License-Identifier: Apache-2.0 */
/* deletion_receipt.c: a tenant's deletion as canonical JSON, of which there is one text only. */
#include "auth/deletion.h"

#include "json/fields.h"

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

void
auth_deletion_receipt(const struct auth_deletion *deletion, int64_t completed_ms,
	const struct auth_deletion_count *counts, size_t n, struct bh_buf *out)
{
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
