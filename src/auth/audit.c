/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c: searches the index of audit lines, a bounded piece of work at a time. */
#include "auth/audit.h"

#include <string.h>

#include "base/clock.h"

/* The first id of a millisecond. */
static struct bh_uuid
id_at(int64_t ms)
{
	struct bh_uuid id = {0};

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

void
auth_audit_bounds(struct auth_audit_search *search, int64_t from_ms, int64_t to_ms,
	const struct bh_uuid *after)
{
	if (from_ms > 0)
		search->from = id_at(from_ms);
	if (to_ms > 0)
		search->before = id_at(to_ms);
	else
		memset(search->before.bytes, 0xff, sizeof(search->before.bytes));
	if (!bh_uuid_is_zero(after) && bh_uuid_order(after, &search->before) < 0)
		search->before = *after;
}

/* Only the beginning of an action is looked for along several indexes at once. */
static int64_t
rows_at_once(const struct auth_audit_search *search)
{
	const struct auth_audit_filter *filter = &search->filter;
	bool by_action = !search->across && filter->action != NULL && filter->actor == NULL &&
		filter->object == NULL && filter->request_id == NULL;

	return by_action ? AUTH_AUDIT_ACTION_ROWS : AUTH_AUDIT_ROWS;
}

int
auth_audit_step(struct bh_db *db, struct auth_audit_search *search, struct auth_audit_row **out,
	size_t *out_n)
{
	const struct auth_audit_stretch stretch = {search->from, search->before};
	struct auth_audit_row *rows;
	size_t n;
	int rc = search->across
		? auth_store_audit_find_across(db, &search->tenant, &search->filter, &stretch, &rows, &n)
		: auth_store_audit_find(db, &search->tenant, &search->filter, &stretch, &rows, &n);

	if (rc < 0)
		return rc;
	search->over = n == 0 || rows[n - 1].total < rows_at_once(search);
	if (n > 0)
		search->before = rows[n - 1].id;
	if (n > 0 && !rows[n - 1].hit)
		n--;
	*out = rows;
	*out_n = n;
	return 0;
}

int
auth_audit_page(struct bh_db *db, struct auth_audit_search *search, size_t most, int64_t until_ms,
	struct auth_audit_row **out, size_t *out_n)
{
	struct auth_audit_row *page = bh_arena_array(db->arena, most, sizeof(*page));
	size_t found = 0;

	do {
		struct auth_audit_row *rows;
		size_t n, taken;
		int rc = auth_audit_step(db, search, &rows, &n);

		if (rc < 0)
			return rc;
		taken = n < most - found ? n : most - found;
		memcpy(page + found, rows, taken * sizeof(*page));
		found += taken;
		if (taken < n) {
			search->before = page[found - 1].id;
			search->over = false;
		}
	} while (found < most && !search->over && bh_clock_steady_ms() < until_ms);
	*out = page;
	*out_n = found;
	return 0;
}
