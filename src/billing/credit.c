/* SPDX-License-Identifier: Apache-2.0 */
/* credit.c: how credits are given, ended and asked for. */
#include "billing/credit.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/period.h"
#include "billing/store_credit.h"
#include "billing/stripe_collect.h"
#include "meter/unit.h"

enum { WORD_MAX = 64 };

#define LASTS_MOST_MS (INT64_C(36525) * 86400000)

static void
id_text(const struct billing_credit *credit, char out[BH_UUID_TEXT])
{
	bh_uuid_format(&credit->id, out);
}

/* What pays for a credit of this category. */
static enum billing_account
source_of(const char *category)
{
	if (strcmp(category, "paid") == 0)
		return BILLING_CASH;
	return strcmp(category, "refund") == 0 ? BILLING_REFUND : BILLING_PROMOTIONAL;
}

/* Where what is left of it goes when it is void: money that was paid is owed. */
static enum billing_account
returned_to(const char *category)
{
	return strcmp(category, "paid") == 0 ? BILLING_REFUND : source_of(category);
}

static int
post(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_credit *credit,
	const char *kind, const char *memo, enum billing_account other, int64_t given)
{
	char reference[BH_UUID_TEXT];
	struct billing_entry entry = {.kind = kind,
		.reference = reference,
		.memo = memo,
		.currency = credit->currency};

	id_text(credit, reference);
	entry.nanos[BILLING_CREDIT_LIABILITY] = -given;
	entry.nanos[other] = given;
	return billing_ledger_post(tx, tenant, &entry, NULL);
}

/* ---- giving ---- */

static int
compare(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_credit *credit)
{
	struct billing_credit kept;
	int rc = billing_store_credit_get(tx, tenant, &credit->id, &kept);

	if (rc == 0 && kept.nanos != credit->nanos)
		return bh_error_param(BH_E_EXISTS, "id",
			"A credit with this id was given with another amount.");
	return rc;
}

BH_MUST_CHECK static int
give(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_credit *credit,
	bool *out_new)
{
	bool taken = false;
	int rc = billing_credit_retire(tx, tenant, credit->currency);

	if (rc == 0)
		rc = billing_store_credit_add(tx, tenant, credit, out_new);
	if (rc < 0)
		return rc;
	if (!*out_new)
		return compare(tx, tenant, credit);
	rc = billing_store_fund_open(tx, tenant, credit, &taken);
	if (rc == 0 && !taken)
		return bh_error(BH_E_TOO_MANY, "The tenant's funds have no room for another credit.");
	if (rc == 0)
		rc = post(tx, tenant, credit, "grant", "Credit given", source_of(credit->category),
			credit->nanos);
	return rc;
}

int
billing_credit_give(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit)
{
	bool is_new = false;

	return give(tx, tenant, credit, &is_new);
}

BH_MUST_CHECK static int
end_check(const struct billing_credit *credit)
{
	int64_t lasts_ms = credit->expires_ms - credit->given_ms;

	return credit->expires_ms == 0 || (lasts_ms > 0 && lasts_ms <= LASTS_MOST_MS)
		? 0
		: bh_error_param(BH_E_RANGE, "expires_at",
			  "'expires_at' must be in the future, and at most 100 years ahead.");
}

/* What was given before answers as it did then, whenever it ends. Counted behind the lock that the fund took: two that are given at once do not both find the last place. */
int
billing_credit_give_within(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit)
{
	bool is_new = false;
	int64_t n = 0;
	int rc = give(tx, tenant, credit, &is_new);

	if (rc < 0 || !is_new)
		return rc;
	rc = end_check(credit);
	if (rc == 0)
		rc = billing_store_credit_count(tx, tenant, &n);
	return rc < 0 || n <= BILLING_CREDITS_MOST
		? rc
		: bh_error_param(BH_E_TOO_MANY, "amount",
			  "The tenant has %d credits that can be drawn, which is the most; void one first.",
			  BILLING_CREDITS_MOST);
}

int
billing_credit_grant(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_grant *grant)
{
	const struct billing_credit credit = {.id = grant->id,
		.category = "plan",
		.currency = grant->currency,
		.nanos = grant->nanos,
		.priority = BILLING_CREDIT_PRIORITY,
		.kinds = -1,
		.note = grant->note,
		.given_ms = grant->given_ms,
		.expires_ms = grant->ends_ms};

	return billing_credit_give(tx, tenant, &credit);
}

/* ---- ending ---- */

/* What was drawn is posted before: the rest is what the liability still has of it. */
static int
end(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_credit *credit,
	const char *status, enum billing_account other)
{
	bool is_void = strcmp(status, "void") == 0;
	struct billing_fund_rest rest;
	int rc = billing_store_fund_end(tx, tenant, &credit->id, &rest);

	if (rc == 0 && rest.found)
		rc = post(tx, tenant, credit, is_void ? "void" : "expiry",
			is_void ? "Credit taken back" : "Credit expired", other, -rest.remaining);
	return rc < 0 ? rc : billing_store_credit_end(tx, tenant, &credit->id, status);
}

int
billing_credit_void(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct billing_credit credit;
	int rc = billing_store_credit_get(tx, tenant, id, &credit);

	if (rc == 0)
		rc = billing_ledger_usage(tx, tenant, credit.currency);
	/* Again, behind the lock. */
	if (rc == 0)
		rc = billing_store_credit_get(tx, tenant, id, &credit);
	if (rc == 0 && strcmp(credit.status, "active") != 0)
		rc = bh_error(BH_E_STATE, "This credit is %s.", credit.status);
	return rc < 0 ? rc : end(tx, tenant, &credit, "void", returned_to(credit.category));
}

int
billing_credit_cut(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t *out_given, int64_t *out_drawn)
{
	struct billing_credit credit = {0};
	int rc = billing_store_credit_get(tx, tenant, id, &credit);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0)
		rc = billing_ledger_usage(tx, tenant, credit.currency);
	/* Again, behind the lock, with all that was drawn. */
	if (rc == 0)
		rc = billing_store_credit_get(tx, tenant, id, &credit);
	if (rc == 0 && strcmp(credit.status, "active") == 0)
		rc = end(tx, tenant, &credit, "void", returned_to(credit.category));
	if (rc == 0) {
		*out_given = credit.nanos;
		*out_drawn = credit.drawn;
	}
	return rc;
}

int
billing_credit_retire(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	struct billing_credit *over = NULL;
	size_t n = 0;
	int rc = billing_ledger_usage(tx, tenant, currency);

	if (rc == 0)
		rc = billing_store_credit_over(tx, tenant, &over, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = end(tx, tenant, &over[i], over[i].drawn < over[i].nanos ? "expired" : "used",
			BILLING_BREAKAGE);
	return rc;
}

int
billing_credit_top_up(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	struct billing_top_up top_up = {0};
	int rc = billing_store_intent_add(tx, tenant, currency);

	if (rc == 0)
		rc = billing_store_top_up_get(tx, tenant, &top_up);
	if (rc < 0 || bh_uuid_is_zero(&top_up.intent))
		return rc;
	return stripe_collect_owe(tx, tenant,
		&(struct stripe_due){.kind = "top_up",
			.id = top_up.intent,
			.name = "Top-up of credit",
			.nanos = top_up.intent_nanos,
			.currency = currency});
}

int
billing_credit_collected(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *intent, int64_t nanos, const char *currency, int64_t now_ms)
{
	const struct billing_credit credit = {.id = *intent,
		.category = "paid",
		.currency = currency,
		.nanos = nanos,
		.priority = BILLING_CREDIT_PRIORITY,
		.kinds = -1,
		.note = "Top-up",
		.given_ms = now_ms};
	bool is_new = false;
	int rc = billing_store_intent_collected(tx, tenant, intent, &is_new);

	return rc < 0 || !is_new ? rc : billing_credit_give(tx, tenant, &credit);
}

int
billing_credit_collect(struct bh_db *tx, const struct bh_uuid *tenant, int64_t now_ms,
	struct bh_uuid *out)
{
	struct billing_credit credit = {.category = "paid",
		.priority = BILLING_CREDIT_PRIORITY,
		.kinds = -1,
		.note = "Top-up",
		.given_ms = now_ms};
	struct billing_intent intent;
	int rc = billing_store_intent_take(tx, tenant, &intent);

	if (rc < 0)
		return rc;
	credit.id = intent.id;
	credit.currency = intent.currency;
	credit.nanos = intent.nanos;
	rc = billing_credit_give(tx, tenant, &credit);
	if (rc == 0)
		rc = stripe_collect_end(tx, tenant, &credit.id);
	if (rc == 0)
		*out = credit.id;
	return rc;
}

/* ---- kinds ---- */

int
billing_credit_kinds(const char *words, int64_t *out)
{
	int64_t kinds = 0;

	while (words != NULL && *words != '\0') {
		size_t len = strcspn(words, ", ");
		char word[WORD_MAX] = "";
		enum meter_kind kind;

		memcpy(word, words, len < sizeof(word) ? len : 0);
		kind = meter_kind_find(word);
		if (kind == METER_NONE)
			return bh_error_param(BH_E_INVALID, "kinds",
				"'kinds' must be some of chat, embedding, rerank, image, speech, "
				"transcription, search, page, storage, training, run and moderation.");
		kinds |= INT64_C(1) << kind;
		words += len;
		words += strspn(words, ", ");
	}
	*out = kinds == 0 ? -1 : kinds;
	return 0;
}

const char *
billing_credit_kind_words(struct bh_arena *arena, int64_t kinds)
{
	BH_AUTO(bh_buf_close) struct bh_buf words = {0};

	for (int kind = METER_NONE + 1; kinds >= 0 && kind < METER_KINDS; kind++) {
		if ((kinds & INT64_C(1) << kind) == 0)
			continue;
		if (words.len > 0)
			bh_buf_char(&words, ' ');
		bh_buf_text(&words, meter_kind_name((enum meter_kind)kind));
	}
	return bh_arena_strdup(arena, bh_buf_string(&words));
}
