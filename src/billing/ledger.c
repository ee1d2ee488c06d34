/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: entries, and the posting of what the meter counted. */
#include "billing/ledger.h"

#include <stdio.h>
#include <string.h>

#include "billing/store_ledger.h"
#include "sec/digest.h"

/* The first half of a SHA-256 under RFC 9562's version 8. */
struct bh_uuid
billing_ledger_id(const char *kind, const char *reference)
{
	struct bh_digest digest;
	struct bh_hash hash;
	struct bh_uuid id;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, kind, strlen(kind) + 1);
	bh_hash_add(&hash, reference, strlen(reference) + 1);
	bh_hash_end(&hash, &digest);
	memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80);
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

int
billing_ledger_post(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_entry *entry, bool *out_new)
{
	const struct bh_uuid id = billing_ledger_id(entry->kind, entry->reference);
	bool is_new = false;
	int rc = billing_store_ledger_post(tx, tenant, &id, entry, &is_new);

	if (rc == 0 && out_new != NULL)
		*out_new = is_new;
	return rc;
}

/* ---- what the meter counted ---- */

/* The reference of a subject's next posting. */
static const char *
next_reference(struct bh_db *tx, const struct billing_posting *posting)
{
	return bh_arena_printf(tx->arena, "%s%s%lld", posting->subject,
		posting->subject[0] != '\0' ? "#" : "", (long long)posting->number + 1);
}

static int
post_day(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency,
	const struct billing_posting *day)
{
	struct billing_entry entry = {.kind = "usage",
		.reference = next_reference(tx, day),
		.memo = bh_arena_printf(tx->arena, "Usage of %s", day->subject),
		.currency = currency};
	int64_t cost = day->nanos - day->posted_nanos, covered = day->covered - day->posted_covered;
	int rc;

	entry.nanos[BILLING_UNBILLED] = cost - covered;
	entry.nanos[BILLING_DRAWN] = covered;
	entry.nanos[BILLING_REVENUE] = -cost;
	rc = billing_ledger_post(tx, tenant, &entry, NULL);
	return rc < 0 ? rc : billing_store_posted_set(tx, tenant, "usage", day);
}

static int
post_burn(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency,
	const struct billing_posting *grant)
{
	struct billing_entry entry = {.kind = "burn",
		.reference = next_reference(tx, grant),
		.memo = "Credit drawn",
		.currency = currency};
	struct bh_uuid id;
	int rc = bh_uuid_parse(grant->subject, &id);

	entry.nanos[BILLING_CREDIT_LIABILITY] = grant->nanos - grant->posted_nanos;
	entry.nanos[BILLING_DRAWN] = -entry.nanos[BILLING_CREDIT_LIABILITY];
	if (rc == 0)
		rc = billing_ledger_post(tx, tenant, &entry, NULL);
	if (rc == 0)
		rc = billing_store_posted_set(tx, tenant, "burn", grant);
	return rc < 0 ? rc : billing_store_grant_drawn(tx, tenant, &id, grant->nanos);
}

/* What credits drew and no act shows as covered pays for what else was used. */
static int
post_drawn(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	struct billing_posting drawn;
	struct billing_entry entry = {.kind = "drawn",
		.memo = "Credits drawn for overruns and expired reservations",
		.currency = currency};
	int rc = billing_store_drawn_read(tx, tenant, &drawn);

	if (rc < 0 || drawn.nanos == drawn.posted_nanos)
		return rc;
	entry.reference = next_reference(tx, &drawn);
	entry.nanos[BILLING_DRAWN] = drawn.nanos - drawn.posted_nanos;
	entry.nanos[BILLING_UNBILLED] = -entry.nanos[BILLING_DRAWN];
	rc = billing_ledger_post(tx, tenant, &entry, NULL);
	return rc < 0 ? rc : billing_store_posted_set(tx, tenant, "drawn", &drawn);
}

int
billing_ledger_usage(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	struct billing_posting *days = NULL, *grants = NULL;
	size_t n_days = 0, n_grants = 0;
	int rc = billing_store_meter_lock(tx, tenant);

	if (rc == 0)
		rc = billing_store_days_changed(tx, tenant, &days, &n_days);
	for (size_t i = 0; rc == 0 && i < n_days; i++)
		rc = post_day(tx, tenant, currency, &days[i]);
	if (rc == 0)
		rc = billing_store_grants_drawn(tx, tenant, &grants, &n_grants);
	for (size_t i = 0; rc == 0 && i < n_grants; i++)
		rc = post_burn(tx, tenant, currency, &grants[i]);
	return rc < 0 ? rc : post_drawn(tx, tenant, currency);
}
